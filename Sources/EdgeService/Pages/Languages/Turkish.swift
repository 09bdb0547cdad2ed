extension Language {
    static let turkish = Language("tr") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Anketiniz hazır",
                "Bu bağlantı size özeldir. Lütfen başkalarıyla paylaşmayın: Bu bağlantıyla verilen tüm yanıtlar size ait sayılır.",
                button: "Ankete başla")
        case .resumable:
            PageWords(
                "Tekrar hoş geldiniz",
                "Bu ankete daha önce başladınız ve hâlâ tamamlayabilirsiniz.",
                button: "Ankete devam et")
        case .expired:
            PageWords(
                "Bu bağlantının süresi doldu",
                "Artık bu bağlantıyla ankete başlanamaz. Yine de katılmak isterseniz lütfen size daveti gönderenle iletişime geçin."
            )
        case .finished:
            PageWords(
                "Bu anketi tamamladınız",
                "Yanıtlarınız bize ulaştı, başka bir şey yapmanıza gerek yok. Teşekkür ederiz!")
        case .alreadyStarted:
            PageWords(
                "Bu ankete daha önce başlandı",
                "Anket yalnızca bir kez açılabilir. Açan siz değilseniz lütfen size daveti gönderene bildirin.")
        case .windowOver:
            PageWords(
                "Anketi tamamlama süresi doldu",
                "Ankete bir süre önce başlandı ve artık devam edilemiyor. Yine de katılmak isterseniz lütfen size daveti gönderenle iletişime geçin."
            )
        case .withdrawn:
            PageWords(
                "Bu bağlantı artık geçerli değil",
                "Gönderen tarafından iptal edildi. Daha yeni bir davet aldıysanız lütfen oradaki bağlantıyı kullanın.")
        case .invalid:
            PageWords(
                "Bu bağlantı çalışmıyor",
                "Bağlantı eksik olabilir: Bazı e-posta programları uzun bağlantıları böler. Lütfen davet mesajındaki bağlantıya tıklayın veya bağlantının tamamını, ilk karakterinden sonuncusuna kadar, kopyalayıp tarayıcınızın adres çubuğuna yapıştırın. Sorun sürerse lütfen size daveti gönderenden yeni bir bağlantı isteyin."
            )
        case .unavailable:
            PageWords(
                "Lütfen biraz sonra tekrar deneyin",
                "Sorun bağlantınızda değil, bizde. Hiçbir şey kaybolmadı. Lütfen bu sayfayı bir iki dakika sonra yenileyin."
            )
        case .rateLimited:
            PageWords(
                "Lütfen bir dakika sonra tekrar deneyin",
                "Ağınızdan çok sayıda çalışmayan bağlantı açıldı. Lütfen bir dakika bekleyip bağlantınızı yeniden açın. Bağlantı eksik görünüyorsa tamamını, ilk karakterinden sonuncusuna kadar, kopyalayıp tarayıcınızın adres çubuğuna yapıştırın."
            )
        case .done:
            PageWords(
                "Teşekkür ederiz!",
                "Yanıtlarınız bize ulaştı. Bu sayfayı kapatabilirsiniz.")
        case .sessionInvalid:
            PageWords(
                "Anketi tamamladığınız kaydedilemedi",
                "Bu sayfanın adresi eksik veya değiştirilmiş. Yanıtlarınızı gönderdiyseniz yeniden göndermenize gerek yok. Hatırlatma alırsanız lütfen size daveti gönderene bildirin."
            )
        case .linkNeeded:
            PageWords(
                "Lütfen size özel bağlantıyı açın",
                "Bu ankete yalnızca davetinizdeki bağlantıyla girilebilir. Bağlantıyı açtığınız hâlde bu sayfayı yeniden görüyorsanız lütfen tarayıcınızda çerezlere izin verip tekrar deneyin."
            )
        case .notFound:
            PageWords(
                "Bu sayfaya ulaşılamıyor",
                "Lütfen adresi kontrol edin. Bir ankete davet edildiyseniz davetinizdeki bağlantıyı açın veya bağlantının tamamını, ilk karakterinden sonuncusuna kadar, kopyalayıp tarayıcınızın adres çubuğuna yapıştırın."
            )
        }
    }
}
