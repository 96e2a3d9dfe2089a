# Liuhen 留痕. `make` alone lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help run test check laws mutants browser walks test-postgres kills room gates gates-long bench openapi lock clean media-truth media-samples tampering insider rot fuzz trees samples hostile provider rights retention backup

PY := .venv/bin/python

help: ## 列出可用的目标
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: .venv/.office pages fonts ## 建好演示数据并启动，地址 http://127.0.0.1:8000/
	@LIUHEN_HOME="$${LIUHEN_HOME:-home}" .venv/bin/liuhen demo --serve

test: .venv/.dev pages fonts .venv/.browser ## 全部检查与测试
	@sh tools/test.sh

check: .venv/.dev ## 格式、风格、类型、楼层、规则包
	@sh tools/check.sh

laws: .venv/.dev ## 规则包与其案例
	$(PY) -m pytest -q tests/laws tests/engines/rules -n 2

mutants: .venv/.dev ## 变异测试：规则引擎改动一处，案例应当查出来（默认十五分钟，全部要数小时）
	@sh tools/mutants.sh

browser: .venv/.dev pages fonts .venv/.browser ## 只跑浏览器测试
	$(PY) -m pytest -q -m browser tests

walks: .venv/.dev pages fonts .venv/.browser ## 整案的浏览器故事：从启动走到终结，每份文书由各人填写、签名、定稿（每个约三分钟；PICTURES=文件夹 留图）
	WALKS=all $(PY) -m pytest -q -s tests/stories -k walk

test-postgres: .venv/.dev pages fonts .venv/.browser ## 同一套测试，跑在 PostgreSQL 15 上
	@sh tools/test-postgres.sh

kills: .venv/.dev ## 二百次随机断电：有回执的一件不丢（长测，约十五分钟）
	KILLS=$${KILLS:-200} $(PY) -m pytest -q -s -o timeout=5000 tests/faults

room: .venv/.dev ## 模拟采集室：二十张卡共 8 GB、一个 6 GB 的文件，带断线、拔卡、错钟、陌生设备（约十分钟，占盘 20 GB，用后删除）
	ROOM=full $(PY) -m pytest -q -s -o timeout=7200 tests/faults/test_room.py

GATES := tests/faults tests/interfaces/files/test_broken_lines.py tests/interfaces/files/test_upload_model.py

gates: .venv/.dev ## 断电、磁盘出错、断线的关口：五百个断点、五千种断电后的磁盘、一千次断线、采集站的断点（约半小时）
	POINTS_KILLED=500 STATION_POINTS=200 STATION_ERRORS=100 STATION_STATES=10000 RECORDER_FILES=64000 POINTS_FAILED=120 STATES=5000 CUTS=1000 MODELS=200 RACES=12 SLICES_KILLED=300 SLICES_STATES=2500 $(PY) -m pytest -q -s -o timeout=36000 $(GATES)

gates-long: .venv/.dev ## 同上，发布前的长测：每个断点、十万种断电后的磁盘、十万次断线（数小时）
	POINTS_KILLED=100000 STATION_POINTS=5000 STATION_ERRORS=1000 STATION_STATES=100000 RECORDER_FILES=64000 POINTS_FAILED=100000 STATES=100000 CUTS=100000 MODELS=5000 RACES=1000 KILLS=500 SLICES_KILLED=100000 SLICES_STATES=20000 \
	  $(PY) -m pytest -q -s -o timeout=36000 $(GATES)

tampering: .venv/.dev ## 篡改的关口：以最高权限改原件、各行、日志、台账，每种二十次，逐一查出并指明位置（约二十分钟）
	INSTANCES=20 TAMPERING_TABLE=tampering-table.md $(PY) -m pytest -q -s -o timeout=7200 tests/faults/test_tampering.py

insider: .venv/.dev ## 内部人演练：删掉一段录像再设法掩盖，十一种做法，各查出在何处或者印明不能保证（约两分钟）
	INSIDER=all INSIDER_TABLE=insider-table.md $(PY) -m pytest -q -s -o timeout=3600 tests/faults/test_insider.py

rot: .venv/.dev ## 位翻转的关口：原件、派生件、日志、检查点、备份各一千处，一遍读出，逐处指明；另量重读的速度
	FLIPS=1000 $(PY) -m pytest -q -s -o timeout=3600 tests/faults/test_bit_rot.py

fuzz: .venv/.dev ## 读外来字节的各处，逐个喂给差一点就对的字节（每处 SECONDS 秒，默认 60；装得上 atheris 的再跑同样久；TARGETS=名称 只跑几处）
	@.venv/bin/uv pip install -q --require-hashes -r requirements/fuzz.txt || echo "atheris 装不上，只用自己的变异"
	$(PY) -m tests.faults.fuzzing $${SECONDS:-60} $${TARGETS:-}

trees: .venv/.dev .venv/.browser ## 三个程序核对每一条证明：二百五十六叶以内逐对，另抽一万棵大树（约五分钟）
	TREES=256 RANDOM_TREES=10000 $(PY) -m pytest -q -s -o timeout=3600 tests/engines/dossier/test_trees.py

RIGHTS := tests/interfaces/api/test_gates.py tests/interfaces/api/test_openapi.py tests/apps/access/test_standing_approval.py tests/faults/test_doors.py

rights: .venv/.dev ## 权限和网页的关口：五万次换键、两万步审批、放映中免职、猜名字的时间、占线、向外呼叫、每个接口五百个输入（一两小时；对照 docs/gates-rights.md）
	RIGHTS=full SWAPS=$${SWAPS:-50000} STEPS=$${STEPS:-20000} EXAMPLES=$${EXAMPLES:-500} $(PY) -m pytest -q -s -o timeout=36000 $(RIGHTS)

KEEPING := tests/apps/retention tests/kernel/test_last_day.py tests/apps/registry/test_law.py tests/apps/oversight/test_suppressing.py

retention: .venv/.dev ## 保存和销毁的关口：五百段随机历史（每段五十步）对照独立的算法，九种有意的错误逐一查出，十年里的每一天（对照 docs/gates-keeping.md）
	HISTORIES=$${HISTORIES:-500} FAULTS=$${FAULTS:-9} TABLES=20000 $(PY) -m pytest -q -s -o timeout=36000 $(KEEPING)

backup: .venv/.dev ## 备份的关口：两百套损坏、缺失、混装的备份，不可靠的介质，1 GB 的机关整个丢失再恢复（对照 docs/gates-keeping.md）
	BACKUP_MB=$${BACKUP_MB:-1024} $(PY) -m pytest -q -s -o timeout=7200 tests/apps/archive/test_backup.py tests/server/test_backup_commands.py

provider: ## 测试用的身份提供者（OpenID Connect）；装了它，统一身份认证的测试才跑
	@sh tools/node.sh
	@cd tools/provider && npm ci --silent --no-fund --no-audit

samples: .venv/.dev ## 参考样本逐个过真的采集站，打印各自的结果（样本在 LIUHEN_REFERENCE 之下）
	$(PY) -m tests.station.samples

media-truth: .venv/.dev ## 技术检查的真值集：三百多段已知毛病的录像，逐类打印查全和查准（约四分钟，录像留在临时目录，再跑较快）
	$(PY) -m tests.engines.media.truth

hostile: .venv/.dev ## 恶意文件的关口：两千份改坏的音像（翻位、截断、谎报大小、极深嵌套、极多轨道、空洞、多重身份），原件不变、有提示、不挂不超限（约四分钟）
	$(PY) -m tests.engines.media.hostile $${HOSTILE:-2000}

media-samples: .venv/.dev ## 参考样本（由 LIUHEN_REFERENCE 指出）逐份检查，列出应有与所见、倍速
	$(PY) -m tests.engines.media.against

bench: .venv/.dev ## 测量速度与内存（手工运行，结果记入 bench/results）
	@ls bench/*.py

openapi: .venv/.dev ## 由代码重新生成 docs/api/openapi.json 与前端类型
	$(PY) tools/openapi.py
	cd frontend && npm run -s api

lock: .venv/.dev ## 由 pyproject.toml 重新锁定依赖
	tools/lock.sh

clean: ## 删除构建产物与虚拟环境（不动数据目录）
	rm -rf .venv frontend/node_modules tools/fonts/node_modules src/liuhen/engines/forms/fonts src/liuhen/interfaces/web/static build dist .mypy_cache .ruff_cache .pytest_cache

# 依赖只编译一次，不然每个进程各编译一遍：采集、检查、浏览器的测试要起几百个进程。
COMPILED = $(PY) -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true

# ---- 准备 ---------------------------------------------------------------------------------------------------

.venv/.made: requirements/bootstrap.txt
	@sh tools/venv.sh
	@touch $@

.venv/.office: .venv/.made requirements/office.txt pyproject.toml
	@.venv/bin/uv pip install -q --require-hashes -r requirements/office.txt
	@$(COMPILED)
	@.venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.made requirements/dev.txt pyproject.toml
	@.venv/bin/uv pip install -q --require-hashes -r requirements/dev.txt
	@$(COMPILED)
	@.venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@ .venv/.office

.venv/.browser: .venv/.made
	@sh tools/browser.sh
	@touch $@

PAGES := src/liuhen/interfaces/web/static/index.html
.PHONY: pages
pages: $(PAGES)

FONTS := src/liuhen/engines/forms/fonts/NotoSerifSC_400Regular.ttf
.PHONY: fonts
fonts: $(FONTS)

$(FONTS): tools/fonts/package-lock.json
	@sh tools/node.sh
	@sh tools/fonts.sh

frontend/node_modules/.made: frontend/package-lock.json
	@sh tools/node.sh
	@cd frontend && npm ci --silent --no-fund --no-audit
	@touch $@

$(PAGES): frontend/node_modules/.made $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f 2>/dev/null)
	@cd frontend && npm run -s build
	@touch $@
