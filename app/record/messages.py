"""What people read when something is refused: one table, every code in English and Chinese.

`code` or `code:variant` to the text by language. Names in braces are filled from the refusal: `{label}` is the field's
label, `{entity}` the entity's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh")

MESSAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "field.required:reason": {"en": "Please say why.", "zh": "请填写原因。"},
        "request.malformed:related": {
            "en": "More than {limit} records are related: too many for one act.",
            "zh": "关联记录超过 {limit} 条，无法一次处理。",
        },
        "field.unique:review": {
            "en": "This period has a review of it already.",
            "zh": "本周期内已有该记录的复查。",
        },
        "field.required:nobody": {"en": "Nobody is meant.", "zh": "没有符合条件的人员。"},
        "field.required:answer": {"en": "Please answer this.", "zh": "请回答此项。"},
        "field.length:note": {
            "en": "The note is too long: {length} characters, at most {limit} fit.",
            "zh": "备注过长：共{length}个字符，最多{limit}个。",
        },
        "field.format:note": {"en": "The note holds characters that can't be kept.", "zh": "备注含有无法保存的字符。"},
        "record.changed:review_ended": {"en": "This review has ended already.", "zh": "该复查已结束。"},
        "field.length:reason": {
            "en": "The reason is too long: {length} characters, at most {limit} fit.",
            "zh": "原因过长：共{length}个字符，最多{limit}个。",
        },
        "field.type:reason": {"en": "The reason needs to be a text.", "zh": "原因需要填写文字。"},
        "field.format:reason": {
            "en": "The reason holds characters that can't be kept.",
            "zh": "原因含有无法保存的字符。",
        },
        "access.denied:reveal": {"en": "You may not reveal this value.", "zh": "您无权查看该字段的完整内容。"},
        "access.denied:reveal_limit": {
            "en": "You have revealed as many values today as your role allows: {limit}.",
            "zh": "您今天查看完整内容的次数已达角色上限：{limit}。",
        },
        "access.denied:export_limit": {
            "en": "This file has more rows than you may still export: {left} of {limit} within 24 hours are left. Filter the "
            "list, or try again later.",
            "zh": "该文件的行数超出可导出额度：24小时内最多{limit}行，还剩{left}行。请先筛选列表，或稍后再试。",
        },
        "access.denied:overrule": {"en": "You may not overrule {label}.", "zh": "您无权覆盖{label}的计算结果。"},
        "field.required": {"en": "Please fill in {label}.", "zh": "请填写{label}"},
        "field.required:hidden": {
            "en": "This needs something that you may not see. Ask someone who may.",
            "zh": "此处需要您无权查看的内容，请联系有权限的同事。",
        },
        "rule": {
            "en": "This {entity} is not as it must be (rule “{rule}”).",
            "zh": "该{entity}不符合规则“{rule}”。",
        },
        "duplicate": {
            "en": "This may be a duplicate of another {entity}, please check.",
            "zh": "疑似重复{entity},请核对",
        },
        "field.type": {"en": "{label} can't hold this value.", "zh": "{label}无法保存这个值。"},
        "field.type:text": {"en": "{label} needs a text.", "zh": "{label}需要填写文字。"},
        "field.type:number": {
            "en": "{label} needs a number, such as 1200 or 12.50.",
            "zh": "{label}需要填写数字，例如 1200 或 12.50。",
        },
        "field.type:integer": {"en": "{label} needs a whole number.", "zh": "{label}需要填写整数。"},
        "field.type:boolean": {"en": "{label} is either yes or no.", "zh": "{label}只能选择是或否。"},
        "field.type:date": {
            "en": "{label} needs a date, such as 2026-06-30.",
            "zh": "{label}需要填写日期，例如 2026-06-30。",
        },
        "field.type:datetime": {
            "en": "{label} needs a date and a time, such as 2026-06-30 09:30.",
            "zh": "{label}需要填写日期和时间，例如 2026-06-30 09:30。",
        },
        "field.type:time": {"en": "{label} needs a time, such as 09:30.", "zh": "{label}需要填写时间，例如 09:30。"},
        "field.type:duration": {
            "en": "{label} needs a duration with its unit, such as 2:30, 45 min or PT2H30M.",
            "zh": "{label}需要填写带单位的时长，例如 2:30、45分钟 或 PT2H30M。",
        },
        "field.type:color": {
            "en": "{label} needs a color, such as #0b5fff.",
            "zh": "{label}需要填写颜色，例如 #0b5fff。",
        },
        "field.type:location": {
            "en": "{label} needs a latitude and a longitude, such as 31.2304, 121.4737.",
            "zh": "{label}需要填写纬度和经度，例如 31.2304, 121.4737。",
        },
        "field.type:address": {
            "en": "{label} needs the parts of an address, each a text.",
            "zh": "{label}需要按各部分填写地址，每部分为文字。",
        },
        "field.type:reference": {"en": "{label} needs the id of a {target}.", "zh": "{label}需要填写{target}的编号。"},
        "field.type:texts": {
            "en": "{label} needs a text, or a text for each of these languages: {languages}.",
            "zh": "{label}需要填写文字，或按以下语言分别填写：{languages}。",
        },
        "field.rate_missing": {
            "en": "There is no exchange rate for {currency} that holds on {date}. Enter one, or choose another currency.",
            "zh": "没有在 {date} 有效的 {currency} 汇率。请先录入汇率，或选择其他币种。",
        },
        "field.type:list": {"en": "{label} needs a list of values.", "zh": "{label}需要填写一组值。"},
        "field.type:link": {"en": "{label}: a link has no field “{key}”.", "zh": "{label}：关联没有字段“{key}”。"},
        "field.type:any": {
            "en": "{label} needs a record as entity and id.",
            "zh": "{label}需要填写记录的类型和编号。",
        },
        "field.length:many": {
            "en": "{label} holds too many: {length}, at most {limit} fit.",
            "zh": "{label}过多：共{length}个，最多{limit}个。",
        },
        "field.length:tag": {
            "en": "{label}: one is too long: {length} characters, at most {limit} fit.",
            "zh": "{label}：单个标签过长，共{length}个字符，最多{limit}个。",
        },
        "field.type:file": {"en": "{label} holds one file.", "zh": "{label}只能保存一个文件。"},
        "field.type:files": {"en": "{label} holds files.", "zh": "{label}只能保存文件。"},
        "field.type:too_many_files": {"en": "{label} holds at most 100 files.", "zh": "{label}最多保存100个文件。"},
        "field.length": {
            "en": "{label} is too long: {length} characters, at most {limit} fit.",
            "zh": "{label}过长：共{length}个字符，最多{limit}个。",
        },
        "field.length:short": {
            "en": "{label} is too short: it needs at least {limit} characters.",
            "zh": "{label}过短：至少需要{limit}个字符。",
        },
        "field.type:parts": {"en": "{label} needs a list of entries.", "zh": "{label}需要是列表。"},
        "field.type:part": {"en": "This entry is not an object with fields.", "zh": "该条目不是包含字段的对象。"},
        "field.length:parts": {
            "en": "{label} has too many entries: {length}; at most {limit} fit.",
            "zh": "{label}条目过多：共{length}条，最多{limit}条。",
        },
        "record.not_found:part": {
            "en": "This entry is not among those of the record, or it was sent twice.",
            "zh": "该条目不属于此记录，或重复提交。",
        },
        "field.length:file": {
            "en": "{label}: the file “{file}” is too large, at most {limit} MB fit.",
            "zh": "{label}：文件“{file}”过大，最大{limit} MB。",
        },
        **{
            f"{code}:computed": {
                "en": "A value that is computed from these would not fit its field.",
                "zh": "由这些内容计算得出的值超出字段的限制。",
            }
            for code in ("field.range", "field.length", "field.format", "field.option", "field.type")
        },
        "field.range": {"en": "{label} is outside of what can be kept.", "zh": "{label}超出可保存的范围。"},
        "field.range:min": {"en": "{label} can't be less than {limit}.", "zh": "{label}不能小于{limit}。"},
        "field.range:max": {"en": "{label} can't be more than {limit}.", "zh": "{label}不能大于{limit}。"},
        "field.range:earliest": {"en": "{label} can't be before {limit}.", "zh": "{label}不能早于{limit}。"},
        "field.range:latest": {"en": "{label} can't be after {limit}.", "zh": "{label}不能晚于{limit}。"},
        "field.format": {"en": "{label} is not written in a way we understand.", "zh": "{label}的格式不正确。"},
        "field.format:registered": {"en": "{label} is not written in the right form.", "zh": "{label}的格式不正确。"},
        "field.format:unloaded": {
            "en": "{label} can't be checked: the extension with its format is not loaded. Tell your administrator.",
            "zh": "无法校验{label}：所需的格式扩展未加载，请联系管理员。",
        },
        "field.format:characters": {
            "en": "{label} holds characters that can't be kept.",
            "zh": "{label}含有无法保存的字符。",
        },
        "field.format:email": {
            "en": "{label} does not look like an e-mail address, such as name@example.com.",
            "zh": "{label}需包含“@”及域名后缀，例如 name@example.com。",
        },
        "field.format:phone": {
            "en": "{label} does not look like a phone number. Write one from abroad with + and its country code.",
            "zh": "{label}不是有效的电话号码；国外号码请加 + 和国家代码。",
        },
        "field.format:url": {
            "en": "{label} needs a web address that begins with http:// or https://.",
            "zh": "{label}需要填写以 http:// 或 https:// 开头的网址。",
        },
        "field.format:time": {
            "en": "{label} is no time of day. Write it as 09:30 or 9:30 pm.",
            "zh": "{label}不是有效的时间，请写作 09:30。",
        },
        "field.format:duration": {
            "en": "{label} is no duration we understand. Write it as 2:30, 2 h 30 min or 45 min.",
            "zh": "{label}不是有效的时长，请写作 2:30、2小时30分 或 45分钟。",
        },
        "field.format:color": {
            "en": "{label} is no color. Write it as #0b5fff.",
            "zh": "{label}不是有效的颜色，请写作 #0b5fff。",
        },
        "field.format:location": {
            "en": "{label} needs both a latitude and a longitude in degrees, such as 31.2304, 121.4737.",
            "zh": "{label}需要同时填写纬度和经度（度），例如 31.2304, 121.4737。",
        },
        "field.format:address": {
            "en": "{label} has parts that an address does not have.",
            "zh": "{label}含有地址中没有的部分。",
        },
        "field.format:country": {
            "en": "{label}: there is no such country. Write its name or its code, such as CN.",
            "zh": "{label}：没有该国家或地区，请填写名称或代码，例如 CN。",
        },
        "field.format:json": {
            "en": "{label} is no JSON that can be kept: look for a missing comma or quote, or a key that stands twice.",
            "zh": "{label}不是可以保存的 JSON，请检查是否缺少逗号、引号，或键重复。",
        },
        "field.format:markup": {
            "en": "{label} has formatting that can't be kept. Please paste it as plain text.",
            "zh": "{label}的格式无法保存，请粘贴为纯文本。",
        },
        "field.range:location": {
            "en": "{label} lies outside of the globe: latitudes go from -90 to 90, longitudes from -180 to 180.",
            "zh": "{label}超出范围：纬度为 -90 至 90，经度为 -180 至 180。",
        },
        "field.range:json": {
            "en": "{label} nests too deeply, or holds a number or a text that is too large.",
            "zh": "{label}嵌套过深，或含有过大的数字或内容。",
        },
        "field.format:empty_file": {
            "en": "{label}: the file “{file}” is empty.",
            "zh": "{label}：文件“{file}”是空的。",
        },
        "field.format:program": {
            "en": "{label}: “{file}” is a program or can start one. Programs are not kept.",
            "zh": "{label}：“{file}”是程序或可启动程序的文件，不能保存。",
        },
        "field.format:file_kind": {
            "en": "{label}: “{file}” is none of the kinds of files that fit here ({kinds}).",
            "zh": "{label}：“{file}”不是此处允许的文件类型（{kinds}）。",
        },
        "field.format:picture": {
            "en": "{label} needs a picture: a PNG, JPEG, WebP or GIF of at most 50 million pixels.",
            "zh": "{label}需要图片：PNG、JPEG、WebP 或 GIF，最多5000万像素。",
        },
        "field.option": {
            "en": "“{value}” is not one of the choices for {label}.",
            "zh": "{label}没有“{value}”这个选项。",
        },
        "field.option:retired": {
            "en": "“{value}” can't be chosen for {label} any more.",
            "zh": "{label}的选项“{value}”已停用，不能再选。",
        },
        "field.option:above": {
            "en": "“{value}” does not go with what is chosen for {above}.",
            "zh": "“{value}”与所选的{above}不对应。",
        },
        "field.option:level": {
            "en": "“{value}” can't be chosen for {label}: it is a level of its own.",
            "zh": "{label}不能选择“{value}”，它属于另一级。",
        },
        "field.option:when": {
            "en": "“{value}” can't be chosen for {label} here.",
            "zh": "此处{label}不能选择“{value}”。",
        },
        "field.option:hidden": {
            "en": "Something that you may not see holds a choice that does not go with this. Ask someone who may.",
            "zh": "您无权查看的某项选择与此处内容不符，请联系有权限的同事。",
        },
        "field.unique": {
            "en": "There is already a record with this {label}.",
            "zh": "已有记录使用相同的{label}。",
        },
        "field.unique:key": {
            "en": "There is already a {entity} with the same values here.",
            "zh": "已有相同内容的{entity}。",
        },
        "field.unique:derived": {
            "en": "What follows from this for a {entity} is already that of another one.",
            "zh": "由此计算出的值与另一条{entity}记录相同。",
        },
        "field.read_only": {"en": "{label} can't be changed by you.", "zh": "您不能修改{label}。"},
        "field.read_only:way_in": {
            "en": "{label} of a person can be changed only by who may configure the system.",
            "zh": "仅有系统配置权限的人员可以修改人员的{label}。",
        },
        "field.read_only:on_a_page": {
            "en": "{label} of a person is changed on a page, not by a program.",
            "zh": "人员的{label}只能在页面上修改，不能通过程序修改。",
        },
        "field.read_only:with_proof": {
            "en": "Change your own {label} in your settings, under “Login and devices”: your password is asked for there.",
            "zh": "请在个人设置的“登录与设备”中修改您本人的{label}，届时需要验证密码。",
        },
        "field.read_only:unknown": {
            "en": "There is no field “{label}” that you may write.",
            "zh": "没有您可以填写的字段“{label}”。",
        },
        "field.read_only:gone": {
            "en": "There is no field “{label}” any more that you may write. You entered: {value}",
            "zh": "已没有您可以填写的字段“{label}”。您输入的内容是：{value}",
        },
        "field.read_only:computed": {
            "en": "{label} is computed and can't be entered.",
            "zh": "{label}由系统计算，不能填写。",
        },
        "field.read_only:stage": {
            "en": "{label} can't be changed in this stage.",
            "zh": "当前阶段不能修改{label}。",
        },
        "field.read_only:approval": {
            "en": "{label} can't be changed while an approval is waiting.",
            "zh": "审批进行中，{label}不能修改。",
        },
        "field.read_only:when": {
            "en": "{label} can't be changed as things are.",
            "zh": "当前条件下不能修改{label}。",
        },
        "field.read_only:given": {
            "en": "{label} is given by the system.",
            "zh": "{label}由系统自动生成。",
        },
        "stage.requires": {"en": "This stage needs {label} first.", "zh": "进入该阶段前请先填写{label}。"},
        "stage.requires:hidden": {
            "en": "This stage needs something that you may not see. Ask someone who may.",
            "zh": "进入该阶段需要您无权查看的内容，请联系有权限的同事。",
        },
        "transition.not_allowed:way": {
            "en": "From “{stage_from}” one can't go to “{stage_to}”.",
            "zh": "不能从“{stage_from}”变更为“{stage_to}”。",
        },
        "transition.not_allowed:when": {
            "en": "“{move}” is not possible for this {entity} as it is.",
            "zh": "该{entity}目前不满足“{move}”的条件。",
        },
        "transition.not_allowed:role": {
            "en": "You may not go from “{stage_from}” to “{stage_to}”.",
            "zh": "您无权从“{stage_from}”变更为“{stage_to}”。",
        },
        "transition.not_allowed": {
            "en": "You may not move this {entity} to another stage.",
            "zh": "您不能更改该{entity}的阶段。",
        },
        "transition.not_allowed:start": {
            "en": "A new {entity} starts in the first stage.",
            "zh": "新建{entity}只能从第一个阶段开始。",
        },
        "transition.needs_approval": {"en": "This move needs an approval first.", "zh": "该变更需要先审批。"},
        "transition.needs_approval:waiting": {
            "en": "This record is already waiting for an approval.",
            "zh": "该记录已有审批正在进行。",
        },
        "transition.needs_approval:nobody": {
            "en": "There are not enough people who could agree (step {step}). Please ask your administrator.",
            "zh": "步骤“{step}”没有足够的审批人，请联系管理员。",
        },
        "field.required:comment": {"en": "Please say why.", "zh": "请填写意见。"},
        "record.changed:approval": {
            "en": "This approval is no longer waiting for you: it was decided, recalled or has ended.",
            "zh": "该审批已不再等待您处理：已决定、已撤回或已结束。",
        },
        "access.denied:approval": {
            "en": "You are not the one who was asked.",
            "zh": "您不是被征询的审批人。",
        },
        "access.denied:own_approval": {
            "en": "You may not decide on what you asked for yourself.",
            "zh": "不能审批自己提交的申请。",
        },
        "access.denied:recall": {
            "en": "Only who asked for an approval may recall it.",
            "zh": "只有提交人可以撤回审批。",
        },
        "record.changed": {
            "en": "{by} changed this {entity} while you were working on it. Your input is kept: please compare.",
            "zh": "您编辑期间，{by}修改了该{entity}。您的输入已保留，请核对。",
        },
        "record.changed:unknown": {
            "en": "This {entity} is not the one that you have read any more. Your input is kept: please compare.",
            "zh": "该{entity}与您读取时已不同。您的输入已保留，请核对。",
        },
        "record.changed:busy": {
            "en": "Someone else was saving the same thing at this moment. Please try again.",
            "zh": "其他人正在保存相同的内容，请重试。",
        },
        "record.not_found": {
            "en": "This {entity} does not exist, or you may not see it.",
            "zh": "该{entity}不存在，或您无权查看。",
        },
        "record.not_found:reference": {
            "en": "{label}: there is no such {target}, or you may not see it.",
            "zh": "{label}：该{target}不存在，或您无权查看。",
        },
        "record.not_found:file": {
            "en": "{label}: there is no such file. Please choose it again.",
            "zh": "{label}：没有该文件，请重新选择。",
        },
        "record.in_use": {
            "en": "This {entity} is still used by {count} × {by_entity} and can't be deleted.",
            "zh": "该{entity}仍被{count}条{by_entity}引用，不能删除。",
        },
        "record.in_use:unseen": {
            "en": "This {entity} is still used by records that you may not see and can't be deleted.",
            "zh": "该{entity}仍被您无权查看的记录引用，不能删除。",
        },
        "record.in_use:last_administrator": {
            "en": "Someone must remain who administers the system: this is the last active administrator.",
            "zh": "系统必须保留一名管理员：这是最后一位在用的管理员。",
        },
        "access.denied": {"en": "You may not do this.", "zh": "您没有权限执行此操作。"},
        "access.denied:share": {"en": "You may not share this {entity}.", "zh": "您不能共享该{entity}。"},
        "access.denied:share_more": {
            "en": "You may not give others more than you may do with this {entity} yourself.",
            "zh": "您不能授予超出您本人对该{entity}权限的操作。",
        },
        "access.denied:share_self": {"en": "Nobody gives a place to themselves.", "zh": "不能为自己分配协作身份。"},
        "field.required:place": {"en": "Please choose a place.", "zh": "请选择协作身份。"},
        "field.option:place": {"en": "There is no such place.", "zh": "没有该协作身份。"},
        "field.option:nobody": {"en": "Please choose an active colleague.", "zh": "请选择一位在职同事。"},
        "field.option:no_use": {
            "en": "The roles of this colleague do not let them use this place.",
            "zh": "该同事的角色不允许使用此协作身份。",
        },
        "field.range:many_places": {
            "en": "At most {limit} colleagues have a place on one record.",
            "zh": "一条记录最多可有 {limit} 位协作人。",
        },
        "access.denied:create": {"en": "You may not create a {entity}.", "zh": "您不能新建{entity}。"},
        "access.denied:update": {
            "en": "You may read this {entity}, but not change it.",
            "zh": "您可以查看该{entity}，但不能修改。",
        },
        "access.denied:delete": {
            "en": "You may read this {entity}, but not delete it.",
            "zh": "您可以查看该{entity}，但不能删除。",
        },
        "access.denied:restore": {"en": "You may not restore this {entity}.", "zh": "您不能恢复该{entity}。"},
        "access.denied:assign": {
            "en": "You may not hand this {entity} to someone else.",
            "zh": "您不能更改该{entity}的负责人或归属。",
        },
        "access.denied:out_of_scope": {
            "en": "With these values the {entity} would no longer be yours to work on.",
            "zh": "按这些内容保存后，该{entity}将超出您的权限范围。",
        },
        "access.denied:dependents": {
            "en": "Deleting this {entity} would take {by_entity} along that you may not delete.",
            "zh": "删除该{entity}会同时删除您无权删除的{by_entity}。",
        },
        "access.denied:roles": {"en": "You may not change roles or passwords.", "zh": "您不能更改角色或密码。"},
        "request.malformed": {"en": "The request can't be understood.", "zh": "无法理解该请求。"},
        "request.malformed:twice": {"en": "The same record is named twice.", "zh": "同一条记录出现了两次。"},
        "request.precondition": {
            "en": "Say which version of the record you have read.",
            "zh": "请说明您所读取的记录版本。",
        },
        "request.too_many": {
            "en": "That was too much at once. Please try again in a moment.",
            "zh": "请求过多，请稍后再试。",
        },
        "auth.required": {"en": "Please log in.", "zh": "请先登录。"},
    }
)


def message(code: str, variant: str, language: str, params: Mapping[str, object]) -> str:
    """The text of a refusal. Unknown codes show the code itself, so that a refusal is never silent."""
    texts = MESSAGES.get(f"{code}:{variant}") or MESSAGES.get(code)
    if texts is None:
        return code
    text = texts["zh"] if language.startswith("zh") else texts["en"]
    return text.format_map(_Blank(params))


class _Blank(dict[str, object]):
    """Parameters where a missing one reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""
