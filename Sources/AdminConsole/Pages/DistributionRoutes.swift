/// The pages and actions about a distribution after its links were made.
extension ConsoleService {
    var distributionRoutes: [Route] {
        [
            .get("/distributions/{distribution}/remind", for: .editor, showReminder),
            .post("/distributions/{distribution}/reminder.csv", for: .editor) { try await download($0, .reminder) },
            .post("/distributions/{distribution}/fetch", for: .editor, fetchEdges),
            .get("/distributions/{distribution}/add", for: .editor, showAdding),
            .post("/distributions/{distribution}/add", for: .editor, addContacts),
            .get("/distributions/{distribution}/added/{job}", for: .editor, showAdded),
            .get("/distributions/{distribution}/edit", for: .editor, showEdit),
            .post("/distributions/{distribution}/edit", for: .editor, edit),
            .post("/distributions/{distribution}/archive", for: .editor, archive),
            .post("/distributions/{distribution}/unarchive", for: .editor, unarchive),
            .post("/distributions/{distribution}/note", for: .editor, note),
            .get("/distributions/{distribution}/test", for: .editor, showTestLink),
            .get("/distributions/{distribution}/results", for: .editor, showResults),
            .post("/distributions/{distribution}/results", for: .editor, body: .upload, uploadResults),
            .get("/distributions/{distribution}/results/{upload}", for: .editor, showResult),
            .get("/distributions/{distribution}/results/{upload}/joined.csv", for: .editor, downloadResult),
            .post("/distributions/{distribution}/results/{upload}/finish", for: .editor, recordFinishes),
            .get("/distributions/{distribution}/qr", for: .editor, showCodes),
            .get("/distributions/{distribution}/links/{serial}/revoke", for: .editor, showRevocation),
            .post("/distributions/{distribution}/links/{serial}/restore", for: .editor, restore),
            .get("/distributions/{distribution}/links/{serial}/end", for: .editor, showLinkEnding),
            .post("/distributions/{distribution}/links/{serial}/end", for: .editor, endLink),
            .get("/distributions/{distribution}/links/{serial}/reopen", for: .editor, showReopening),
            .post("/distributions/{distribution}/links/{serial}/reopen", for: .editor, reopen),
            .get("/distributions/{distribution}/links/{serial}/renew", for: .editor, showRenewal),
            .post("/distributions/{distribution}/links/{serial}/renew", for: .editor, renew),
        ]
    }
}
