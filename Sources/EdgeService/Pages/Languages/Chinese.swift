extension PageWords {
    static func chinese(_ page: Page) -> PageWords {
        switch page {
        case .ready:
            PageWords(
                "您的问卷已准备好",
                "此链接仅供您本人使用。请勿转发：通过它提交的回答将视为您的回答。",
                button: "开始填写")
        case .resumable:
            PageWords("欢迎回来", "您已开始填写这份问卷，现在可以继续。", button: "继续填写")
        case .expired:
            PageWords("此链接已过期", "开始填写的期限已过。如果您仍想参与，请联系邀请您的人。")
        case .finished:
            PageWords("您已完成这份问卷", "我们已收到您的回答，无需再做任何操作。谢谢！")
        case .alreadyStarted:
            PageWords("这份问卷已被打开过", "它只能打开一次。如果不是您本人打开的，请告知邀请您的人。")
        case .windowOver:
            PageWords("可以继续填写的时间已过", "您很久以前就开始填写这份问卷，现在无法再继续。如果您仍想参与，请联系邀请您的人。")
        case .withdrawn:
            PageWords("此链接已失效", "发送者已将其撤回。如果您收到了更新的邀请，请使用新的链接。")
        case .invalid:
            PageWords("此链接无法使用", "它可能在传送过程中被截断或更改。请从原始邮件中重新打开，或从头到尾完整复制。")
        case .unavailable:
            PageWords("请稍后再试", "您的链接没有问题：目前暂时无法打开问卷。没有任何内容丢失，请稍后刷新此页面。")
        case .rateLimited:
            PageWords("请过一会儿再试", "您所在的网络打开了过多无效的链接。请等待一分钟，然后重新打开您的链接。")
        case .done:
            PageWords("谢谢！", "我们已收到您的回答。您现在可以关闭此页面。")
        case .sessionInvalid:
            PageWords("未能记录问卷的完成", "此页面的地址不完整或已被更改。请返回问卷并重新提交。")
        case .notFound:
            PageWords("这里什么都没有", "请检查地址，或重新打开邀请中的链接。")
        }
    }
}
