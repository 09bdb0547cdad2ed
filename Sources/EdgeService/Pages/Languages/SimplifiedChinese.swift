extension Language {
    static let simplifiedChinese = Language("zh-Hans", aliases: ["zh"]) { (page) in
        switch page {
        case .ready:
            PageWords(
                "邀请您填写问卷",
                "此链接仅供您本人使用，请勿转发：通过此链接提交的所有回答都将视为您本人的回答。",
                button: "开始填写")
        case .resumable:
            PageWords(
                "欢迎回来",
                "您已开始填写这份问卷，可以继续完成。",
                button: "继续填写")
        case .expired:
            PageWords(
                "此链接已过期",
                "已无法通过此链接开始填写问卷。如果您仍想参与，请与邀请方联系。")
        case .finished:
            PageWords(
                "您已完成这份问卷",
                "我们已收到您的回答，您无需再做任何操作。谢谢！")
        case .alreadyStarted:
            PageWords(
                "这份问卷已被打开过",
                "问卷只能打开一次。如果不是您本人打开的，请告知邀请方。")
        case .windowOver:
            PageWords(
                "可继续填写的期限已过",
                "这份问卷是一段时间以前开始填写的，现已无法继续。如果您仍想参与，请与邀请方联系。")
        case .withdrawn:
            PageWords(
                "此链接已失效",
                "发送方已将其撤回。如果您之后又收到了新的邀请，请使用其中的链接。")
        case .invalid:
            PageWords(
                "此链接无法使用",
                "链接可能不完整：有些邮件程序会截断较长的链接。请点击原邀请中的链接，或将完整链接（从第一个字符到最后一个字符）复制到浏览器的地址栏中。如果仍然无法打开，请向邀请方索取新的链接。")
        case .unavailable:
            PageWords(
                "请稍后再试",
                "问题出在我们这边，与您的链接无关，也没有丢失任何内容。请过一两分钟再刷新此页面。")
        case .rateLimited:
            PageWords(
                "请一分钟后再试",
                "您所在的网络打开了过多无效链接。请等待一分钟，然后重新打开您的链接。如果链接看起来不完整，请将完整链接（从第一个字符到最后一个字符）复制到浏览器的地址栏中。")
        case .done:
            PageWords(
                "谢谢！",
                "我们已收到您的回答，您现在可以关闭此页面。")
        case .sessionInvalid:
            PageWords(
                "未能记录您已完成问卷",
                "此页面的地址不完整或已被更改。如果您已提交回答，则无需再次提交。如果您之后收到提醒，请告知邀请方。")
        case .linkNeeded:
            PageWords(
                "请打开您的专属链接",
                "这份问卷只能通过邀请中的链接打开。如果您已打开该链接，却再次看到此页面，请在浏览器中允许使用 Cookie，然后重试。")
        case .notFound:
            PageWords(
                "无法打开此页面",
                "请检查地址。如果您收到了问卷邀请，请打开其中的链接，或将完整链接（从第一个字符到最后一个字符）复制到浏览器的地址栏中。")
        }
    }
}
