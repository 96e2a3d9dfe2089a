#!/usr/bin/env python3
"""抽样复核：照公布的抽样文件重抽一遍，看抽中的是不是同样的各件。

用法：python3 sample.py 抽样文件.json
只用 Python 自带的库，不联网；它与留痕的程序没有一行共用，格式见 docs/formats/sample.md。
退出码：0 相符，1 不符，2 文件读不懂。
"""

import base64
import hashlib
import json
import sys


def main(path):
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        checks = list(examine(told))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"读不懂这份文件：{error}")
        return 2
    for good, what in checks:
        print(("相符　" if good else "不符　") + what)
    is_good = all(good for good, _ in checks)
    print("结论：抽中的各件与重抽的一致。" if is_good else "结论：与重抽的不一致，不能采信。")
    return 0 if is_good else 1


def examine(told):
    """Each check with its words; the order is that of docs/formats/sample.md."""
    if told["format"] != "liuhen-sample/1":
        raise ValueError("不认识的格式")
    frame, line = told["frame"], told["line"]
    yield frame == sorted(set(frame)), f"可抽的 {len(frame)} 件按升序排列，没有重复"
    digest = hashlib.sha256("".join(row + "\n" for row in frame).encode()).hexdigest()
    body = json.loads(line["body"])
    plan = body["facts"]
    yield plan["frame"] == digest, "可抽的各件与计划一行所记的摘要相同"
    yield plan["size"] == told["size"], f"抽取 {told['size']} 件，与计划一行相同"
    leaf = hashlib.sha256(
        b"liuhen-line-v1\n" + bytes.fromhex(line["salt"]) + line["body"].encode()
    ).hexdigest()
    yield (
        leaf == line["leaf"] and body["number"] == line["number"],
        f"计划在台账第 {line['number']} 行，内容与其日志条目相符",
    )
    size, root = checkpoint(told["checkpoint"])
    yield size >= line["number"], f"种子是 {size} 条时的检查点，在计划之后"
    yield proves(leaf, line["number"] - 1, size, told["proof"], root), "计划一行确在这个检查点之下"
    yield (
        [p["id"] for p in told["drawn"]] == drawn(frame, root, line["number"], told["size"]),
        "重抽的各件与公布的相同，次序也相同",
    )


def checkpoint(note):
    """Size and root of a C2SP checkpoint; whose signature stands under it, the published log tells."""
    lines = note.split("\n")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def proves(leaf, index, size, proof, root):
    """RFC 6962 inclusion: the entry is hashed as a leaf, then upwards with each part of the proof."""
    node = hashlib.sha256(b"\0" + bytes.fromhex(leaf)).digest()
    last = size - 1
    for part in map(bytes.fromhex, proof):
        if last == 0:
            return False
        if index % 2 or index == last:
            node = hashlib.sha256(b"\1" + part + node).digest()
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + part).digest()
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def drawn(frame, root, number, size):
    """Every row keyed by the seed, the smallest first."""
    seed = b"liuhen-sample-v1\n" + root + str(number).encode() + b"\n"
    keyed = {hashlib.sha256(seed + row.encode()).digest(): row for row in frame}
    return [keyed[key] for key in sorted(keyed)[:size]]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
