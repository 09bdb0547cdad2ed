extension Language {
    static let spanish = Language("es") { (page) in
        switch page {
        case .ready:
            PageWords(
                "Su encuesta está lista",
                "Este enlace es personal. Le rogamos que no lo comparta: todas las respuestas enviadas con él se considerarán suyas.",
                button: "Empezar la encuesta")
        case .resumable:
            PageWords(
                "Le damos la bienvenida de nuevo",
                "Ya ha empezado esta encuesta y todavía puede completarla.",
                button: "Continuar la encuesta")
        case .expired:
            PageWords(
                "Este enlace ha caducado",
                "Ya no sirve para empezar la encuesta. Si aún desea participar, póngase en contacto con quien le envió la invitación."
            )
        case .finished:
            PageWords(
                "Ya ha completado esta encuesta",
                "Hemos recibido sus respuestas y no tiene que hacer nada más. ¡Gracias!")
        case .alreadyStarted:
            PageWords(
                "Esta encuesta ya se ha abierto",
                "Solo se puede abrir una vez. Si no fue usted quien la abrió, avise a quien le envió la invitación.")
        case .windowOver:
            PageWords(
                "El plazo para completar la encuesta ha terminado",
                "Se empezó hace tiempo y ya no se puede continuar. Si aún desea participar, póngase en contacto con quien le envió la invitación."
            )
        case .withdrawn:
            PageWords(
                "Este enlace ya no es válido",
                "El remitente lo ha anulado. Si ha recibido una invitación más reciente, utilice el enlace que contiene."
            )
        case .invalid:
            PageWords(
                "Este enlace no funciona",
                "Puede que esté incompleto: algunos programas de correo cortan los enlaces largos. Haga clic en el enlace del mensaje original o cópielo entero, desde el primer carácter hasta el último, en la barra de direcciones del navegador. Si sigue sin funcionar, pida un enlace nuevo a quien le envió la invitación."
            )
        case .unavailable:
            PageWords(
                "Inténtelo de nuevo en un momento",
                "El problema es nuestro, no de su enlace, y no se ha perdido nada. Vuelva a cargar esta página dentro de uno o dos minutos."
            )
        case .rateLimited:
            PageWords(
                "Inténtelo de nuevo dentro de un minuto",
                "Desde su red se han abierto demasiados enlaces que no funcionan. Espere un minuto y vuelva a abrir el suyo. Si parece cortado, cópielo entero, desde el primer carácter hasta el último, en la barra de direcciones del navegador."
            )
        case .done:
            PageWords(
                "¡Gracias!",
                "Hemos recibido sus respuestas. Ya puede cerrar esta página.")
        case .sessionInvalid:
            PageWords(
                "No hemos podido registrar que ha terminado la encuesta",
                "La dirección de esta página está incompleta o se ha modificado. Si ya envió sus respuestas, no hace falta que las envíe otra vez. Si recibe un recordatorio, avise a quien le envió la invitación."
            )
        case .linkNeeded:
            PageWords(
                "Abra su enlace personal",
                "A esta encuesta solo se accede con el enlace de su invitación. Si ya lo ha abierto y vuelve a ver esta página, permita las cookies en el navegador e inténtelo de nuevo."
            )
        case .notFound:
            PageWords(
                "Esta página no está disponible",
                "Compruebe la dirección. Si ha recibido una invitación a una encuesta, abra el enlace que contiene o cópielo entero, desde el primer carácter hasta el último, en la barra de direcciones del navegador."
            )
        }
    }
}
