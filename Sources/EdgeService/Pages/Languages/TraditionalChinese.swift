extension Language {
    static let traditionalChinese = Language(
        "zh-Hant",
        // Written in Hong Kong, Macao and Taiwan, and by most who ask for Cantonese. Contact lists from Qualtrics say ZH-T.
        aliases: ["zh-HK", "zh-MO", "zh-TW", "yue", "zh-T"]
    ) { (page) in
        switch page {
        case .ready:
            PageWords(
                "邀請您填寫問卷",
                "此連結僅供您本人使用，請勿轉寄：透過此連結送出的所有回答都將視為您本人的回答。",
                button: "開始填寫")
        case .resumable:
            PageWords(
                "歡迎回來",
                "您已開始填寫這份問卷，可以繼續完成。",
                button: "繼續填寫")
        case .expired:
            PageWords(
                "此連結已過期",
                "已無法透過此連結開始填寫問卷。如果您仍想參與，請與邀請單位聯絡。")
        case .finished:
            PageWords(
                "您已完成這份問卷",
                "我們已收到您的回答，您不需要再做任何事。謝謝您！")
        case .alreadyStarted:
            PageWords(
                "這份問卷已經開啟過",
                "問卷只能開啟一次。如果不是您本人開啟的，請通知邀請單位。")
        case .windowOver:
            PageWords(
                "可繼續填寫的期限已過",
                "這份問卷是一段時間以前開始填寫的，現在已無法繼續。如果您仍想參與，請與邀請單位聯絡。")
        case .withdrawn:
            PageWords(
                "此連結已失效",
                "寄件者已將其撤回。如果您之後又收到新的邀請，請使用其中的連結。")
        case .invalid:
            PageWords(
                "此連結無法使用",
                "連結可能不完整：有些郵件軟體會截斷較長的連結。請點選原邀請中的連結，或將完整連結（從第一個字元到最後一個字元）複製到瀏覽器的網址列。如果仍然無法開啟，請向邀請單位索取新的連結。")
        case .unavailable:
            PageWords(
                "請稍後再試",
                "問題出在我們這邊，與您的連結無關，也沒有遺失任何內容。請過一兩分鐘再重新整理此頁面。")
        case .rateLimited:
            PageWords(
                "請一分鐘後再試",
                "您所在的網路開啟了過多無效的連結。請稍候一分鐘，再重新開啟您的連結。如果連結看起來不完整，請將完整連結（從第一個字元到最後一個字元）複製到瀏覽器的網址列。")
        case .done:
            PageWords(
                "謝謝您！",
                "我們已收到您的回答，您現在可以關閉此頁面。")
        case .sessionInvalid:
            PageWords(
                "未能記錄您已完成問卷",
                "此頁面的網址不完整或遭到變更。如果您已送出回答，則不需要再次送出。如果您之後收到提醒，請通知邀請單位。")
        case .linkNeeded:
            PageWords(
                "請開啟您的專屬連結",
                "這份問卷只能透過邀請中的連結開啟。如果您已開啟該連結，卻再次看到此頁面，請在瀏覽器中允許使用 Cookie，然後再試一次。")
        case .notFound:
            PageWords(
                "無法開啟此頁面",
                "請檢查網址。如果您收到了問卷邀請，請開啟其中的連結，或將完整連結（從第一個字元到最後一個字元）複製到瀏覽器的網址列。")
        }
    }
}
