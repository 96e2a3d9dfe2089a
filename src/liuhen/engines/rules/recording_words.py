"""The closed vocabularies of what is known of a recording: its device, index, number, disc, doubts and misuse."""

DEVICE_TYPES = {
    "camera": "照相机",
    "video_camera": "录像机",
    "audio_recorder": "录音笔",
    "body_recorder": "执法记录仪",
    "mobile_terminal": "移动执法终端",
    "vehicle_recorder": "车载记录仪",
    "fixed_camera": "固定摄像机",
    "other": "其他",
}
INDEX = {
    "name": "名称",
    "device": "记录设备编号",
    "officer": "执法人员",
    "time": "使用时间",
    "place": "地点",
    "party": "当事人",
    "cause": "案由",
}
NUMBER_PARTS = {"body": "执法机构代码", "date": "日期", "object": "执法对象", "link": "执法环节"}
SIGNS = {
    "no_audio_track": "没有声音轨",
    "gap": "画面中断",
    "truncated": "文件不完整",
    "decode_errors": "部分内容损坏",
    "made_after": "在活动结束之后才开始录制",
}
FOOTAGE_ACTS = {
    "cut": "剪接",
    "altered": "删改",
    "deleted": "删除",
    "selected": "任意取舍",
    "added_later": "事后补录",
    "inserted": "插入其他画面",
    "private_copy": "私自复制",
    "private_keep": "私自保存",
    "given_out": "擅自对外提供",
    "published": "私自上传互联网",
    "leaked": "泄露",
    "unregistered_medium": "存入未注册的存储介质",
    "covert": "非公开方式记录",
    "covered": "遮挡镜头",
    "stopped": "故意中断记录",
}
NOTES = {"incomplete": "记录不全"}
DISC_LABEL = {
    "body": "制作机构",
    "maker": "制作人",
    "made_at": "制作时间",
    "subject": "执法活动或者案件名称",
    "number": "标号",
    "matter": "事项",
    "time": "时间",
    "place": "地点",
    "manner": "方式",
    "officers": "执法人员",
    "second": "另一份相同的光盘",
}
DISC_NOTE = {"text": "文字说明", "maker": "制作人", "extractor": "提取人", "extracted_at": "提取时间"}
SECRETS = {"state_secret": "国家秘密", "business_secret": "商业秘密", "privacy": "个人隐私"}
REGISTERED = {
    "viewer": "查阅人",
    "reason": "事由",
    "time": "时间",
    "basis": "依据",
    "receiver": "接收单位",
    "case": "案号",
}
# 本机关人员用什么摄录：配发的设备，或者改用的哪一种；其他来源不是本机关人员用上列设备摄录的。
TAKEN_WITH = {
    "issued": "配发的设备",
    "phone": "手机",
    "voice_pen": "录音笔",
    "camera": "照相机、摄像机",
    "elsewhere": "其他来源",
}
