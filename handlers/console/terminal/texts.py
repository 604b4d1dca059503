"""What the console says of itself, in English with Chinese beside it."""

HELP = """\
help                   this text / 显示本帮助
sql                    enter the SQL terminal / 进入 SQL 终端
exit                   back to this terminal / 返回默认终端
server -h              the server's commands / 服务器命令
blacklist              phrases that no SQL statement may hold / SQL 黑名单
blacklist --help       how to add and remove them / 如何增删黑名单"""

SERVER_HELP = """\
server -h              this text / 显示本帮助
server -s              stop the server once what runs is answered / 处理完当前请求后关闭服务器
server -r              lift a stop, in the cloud / 解除云端的停止"""

BLACKLIST_HELP = """\
blacklist                    the phrases in force / 显示当前黑名单
blacklist --add PHRASE       refuse statements that hold PHRASE, with or without quotes around it / 添加
blacklist --remove PHRASE    no longer refuse them / 移除
Changes last until the server starts again. / 更改在服务器重启后重置。
Phrases only add to the guard: what else a statement may do does not change with them. / 黑名单之外的限制不受影响。"""

SQL_HELP = """\
--help                           this text / 显示本帮助
--check_sql                      check the tables / 检查数据表
--query_all_recognition_record   all readings / 全部识别记录
--history-records N              readings of mold number N / 模具编号 N 的识别记录
--mo-ju-jinfo-model N            data of mold N / 模具 N 的资料
--insert N                       add a reading of mold number N / 添加一条识别记录
exit                             back to the default terminal / 返回默认终端
Anything else is one SQL statement on recognition_record(hub_id, recognition_time, mold_number) and \
mold_info(mold_number, mold_name). / 其他输入视为一条 SQL 语句。"""

ENTERED = "This is the SQL terminal; exit comes back, --help helps. / 已进入 SQL 终端,exit 返回。"
LEFT = "Exit: this is the default terminal. / 已返回默认终端。"
NO_NUMBER = "Say which mold number: {command} 11 / 请给出模具编号。"
UNKNOWN = "Invalid command: there is no command {command!r} here; help lists them. / 没有这个命令,请输入 help。"
"""Its argument is cut to a length that a terminal shows."""

# Of the stack's functions; their names follow.
STOPPED = "Stopped / 已停止"
STOPPED_BEFORE = "Was stopped before / 此前已停止"
STOPPED_FROM = (
    "Stopped; -r will not bring back the {0} executions reserved before / 已停止,-r 不会恢复原先预留的 {0} 个并发"
)
NOT_STOPPED = "Not stopped / 未停止 ({})"
LIFTED = "Started again / 已恢复"
NOT_STOPPED_BEFORE = "Was not stopped / 原本未停止"
NOT_LIFTED = "Not started again / 未恢复 ({})"
NO_TIME = "no time was left, try again / 时间不足,请重试"
REFUSALS = {
    "missing": "there is no such function / 没有这个函数",
    "refused": "the console's function may not change it / 控制台没有权限",
    "busy": "Lambda is too busy, try again / 请求过多,请稍后重试",
    "silent": "Lambda did not answer in time, try again / 请求超时,请重试",
}
"""By `Refusal.kind`."""
