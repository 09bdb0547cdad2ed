import Hummingbird

/// Showing what was typed before somebody had to sign in again.
extension ConsoleService {
    /// The form's page, filled in. Nothing is done with it until it is sent again.
    func show(_ form: UnsentForm, _ call: Call) async throws -> Response {
        let notFound = ConsoleRefusal.noSuchPage
        guard let (page, parameters) = route(.get, form.page.words), let session = call.session else { throw notFound }
        var call = call
        call.session?.page = form.page
        call.session?.unsent = form
        if let (action, parameters) = route(.post, form.action.words), let redrawing = action.redrawing {
            try check(action, session)
            var fields = FormFields()
            fields.append(redrawing.name, redrawing.value)
            for (name, value) in form.fields.fields where name != redrawing.name { fields.append(name, value) }
            (call.form, call.parameters) = (fields, parameters)
            call.session?.unsent?.isDrawn = true
            return try await action.answer(call)
        }
        try check(page, session)
        (call.parameters, call.query, call.form) = (parameters, FormFields(form.page.query), FormFields())
        return try await page.answer(call)
    }

    private func check(_ route: Route, _ session: Session) throws(ConsoleRefusal) {
        guard let role = route.access.role, session.role >= role else { throw .noSuchPage }
    }
}
