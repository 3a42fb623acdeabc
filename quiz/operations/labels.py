"""The health page's words: what each check is about, what was found, and what to do."""

from flask_babel import lazy_gettext as _l

from quiz.operations.rules import Level

LEVELS = {Level.OK: (_l("正常"), "ok"), Level.WARN: (_l("留意"), "warn"), Level.FAIL: (_l("不能开赛"), "danger")}
TITLES = {
    "database": _l("数据库"),
    "migrations": _l("数据库版本"),
    "durability": _l("断电不丢作答"),
    "worker": _l("后台进程"),
    "queue": _l("后台任务"),
    "overdue": _l("到时交卷"),
    "cache": _l("共享缓存"),
    "disk": _l("磁盘空间"),
    "backup": _l("备份"),
}
#: (check, state) → what was found; named placeholders are the check's facts.
FOUND = {
    ("database", "ok"): _l("连得上，三秒内有回答。"),
    ("database", "away"): _l("三秒内没有回答。"),
    ("migrations", "ok"): _l("与程序一致（%(found)s）。"),
    ("migrations", "other"): _l("数据库是 %(found)s，程序要 %(wanted)s。"),
    ("durability", "ok"): _l("确认保存的作答都已写进磁盘。"),
    ("durability", "weak"): _l("断电时可能丢失已确认的作答：%(problems)s"),
    ("worker", "ok"): _l("%(seconds)s 秒前有动静。"),
    ("worker", "silent"): _l("已经 %(seconds)s 秒没有动静。"),
    ("worker", "never"): _l("还没有启动过。"),
    ("queue", "ok"): _l("没有积压，等着的有 %(waiting)s 个。"),
    ("queue", "old"): _l("等着的有 %(waiting)s 个，最久的等了 %(seconds)s 秒。"),
    ("queue", "failed"): _l("没有积压；一天内有 %(failed)s 个任务没做成。"),
    ("overdue", "ok"): _l("到时的都已自动交卷。"),
    ("overdue", "some"): _l("%(count)s 份试卷过了时间还没交上。"),
    ("cache", "off"): _l("没有配置，不需要。"),
    ("cache", "ok"): _l("连得上。"),
    ("cache", "unreachable"): _l("连不上。网站照常，只是慢一些。"),
    ("disk", "ok"): _l("还有 %(free)s。"),
    ("disk", "low"): _l("只剩 %(free)s。"),
    ("disk", "full"): _l("只剩 %(free)s，马上存不进作答。"),
    ("backup", "ok"): _l("上一次在 %(hours)s 小时前。"),
    ("backup", "old"): _l("上一次在 %(hours)s 小时前。"),
    ("backup", "never"): _l("还没有备份过。"),
    ("pupils", "none"): _l("现在没有学生能参加。"),
    ("window", "short"): _l("开放 %(window)s 分钟，答题要 %(duration)s 分钟：所有人都会被提前截止。"),
    ("slips", "missing"): _l("%(pupils)s 名学生里，%(count)s 名没有能用到比赛结束的登录条，只能用口令登录。"),
}
ADVICE = {
    ("database", "away"): _l("看数据库是否在运行、连接数是否用完。已经保存的作答不会丢，学生的页面会自动补交。"),
    ("migrations", "other"): _l("停下网站，运行 flask db upgrade，再启动。"),
    ("durability", "weak"): _l("按 docs/operations.md 改数据库设置并重启，改好之前不要开赛。"),
    ("worker", "silent"): _l("重启后台进程（make run 会自动拉起；用 systemd 时重启 worker 服务）。停着的时候没有人会被自动交卷，名次也不更新。"),
    ("worker", "never"): _l("启动后台进程：make run，或 flask worker。"),
    ("queue", "old"): _l("看后台进程是否在运行、是否在做一件很长的事。几分钟内没有减少就重启它。"),
    ("queue", "failed"): _l("看日志里 job … failed 的那几行，交给技术人员。"),
    ("overdue", "some"): _l("后台进程没有跟上。重启它，每份试卷会按已保存的作答交一次。"),
    ("cache", "unreachable"): _l("方便时看看 Redis。"),
    ("disk", "low"): _l("比赛前腾出空间。"),
    ("disk", "full"): _l("马上腾出空间。腾出来之前，学生会看到“未保存”。"),
    ("backup", "old"): _l("运行 flask backup 文件名，最好每天夜里自动运行。"),
    ("backup", "never"): _l("运行 flask backup 文件名，最好每天夜里自动运行。"),
    ("bank", "short"): _l("补足题目，或撤回比赛改命题细目。"),
    ("pupils", "none"): _l("导入名册，或检查比赛的组别和范围。"),
    ("window", "short"): _l("延长结束时间，或者这正是你要的，就不用管。"),
    ("slips", "missing"): _l("请老师打印新的登录条。"),
}  # fmt: skip
