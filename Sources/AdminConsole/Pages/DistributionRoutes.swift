/// The pages and actions about a distribution after its links were made.
extension ConsoleService {
    var distributionRoutes: [Route] {
        [
            .get("/distributions/{distribution}/remind", showReminder),
            .post("/distributions/{distribution}/reminder.csv") { try await download($0, .reminder) },
            .post("/distributions/{distribution}/fetch", fetchEdges),
            .get("/distributions/{distribution}/add", showAdding),
            .post("/distributions/{distribution}/add", addContacts),
            .get("/distributions/{distribution}/added/{job}", showAdded),
            .get("/distributions/{distribution}/edit", showEdit),
            .post("/distributions/{distribution}/edit", edit),
            .post("/distributions/{distribution}/archive", archive),
            .post("/distributions/{distribution}/unarchive", unarchive),
            .post("/distributions/{distribution}/note", note),
            .get("/distributions/{distribution}/test", showTestLink),
            .get("/distributions/{distribution}/results", showResults),
            .post("/distributions/{distribution}/results", body: .upload, uploadResults),
            .get("/distributions/{distribution}/results/{upload}", showResult),
            .get("/distributions/{distribution}/results/{upload}/joined.csv", downloadResult),
            .post("/distributions/{distribution}/results/{upload}/finish", recordFinishes),
            .get("/distributions/{distribution}/qr", showCodes),
            .get("/distributions/{distribution}/links/{serial}/revoke", showRevocation),
            .post("/distributions/{distribution}/links/{serial}/restore", restore),
            .get("/distributions/{distribution}/links/{serial}/end", showLinkEnding),
            .post("/distributions/{distribution}/links/{serial}/end", endLink),
            .get("/distributions/{distribution}/links/{serial}/reopen", showReopening),
            .post("/distributions/{distribution}/links/{serial}/reopen", reopen),
            .get("/distributions/{distribution}/links/{serial}/renew", showRenewal),
            .post("/distributions/{distribution}/links/{serial}/renew", renew),
        ]
    }
}
