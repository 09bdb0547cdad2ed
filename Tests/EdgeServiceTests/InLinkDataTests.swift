import Consumption
import LinkToken
import Testing
import Trust

@Suite("Embedded data in the link")
struct InLinkDataTests {
    static let distribution = PublishedDistribution.make(
        url: "https://survey.example/s?c={contact_id}&plan={plan}&city={city}", inLink: ["plan", "city"])
    static let data = [(name: "plan", value: "gold"), (name: "city", value: "Zürich & Umland+")]
    static let query = "plan=gold&city=Z%C3%BCrich%20%26%20Umland%2B"

    @Test(
        "unchanged data reaches the survey, whatever a mail system adds or re-encodes",
        arguments: [
            query, query + "&utm_source=mail&utm_campaign=x", "mkt_tok=1&" + query,
            "city=Z%C3%BCrich+%26+Umland%2B&plan=gold", query + "&plan=gold", query + "&plan=platinum",
            "plan=platinum&" + query, "p%6Can=gold&city=Zu%CC%88rich%20%26%20Umland%2B",
        ])
    func unchanged(query: String) async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let answer = try await edge.request("POST", "/l/\(try edge.token(data: Self.data))?\(query)")
            #expect(answer.status == 303)
            #expect(
                answer["Location"]
                    == "https://survey.example/s?c=C-1042&plan=gold&city=Z%C3%BCrich%20%26%20Umland%2B")
        }
    }

    @Test(
        "changed and missing data is refused, and consumes nothing",
        arguments: [
            "", "plan=gold", "plan=platinum&city=Z%C3%BCrich%20%26%20Umland%2B",
            query.replacing("gold", with: "platinum") + "&plan=silver",
            "plan=gold%00&city=Z%C3%BCrich%20%26%20Umland%2B", "Plan=gold&city=Z%C3%BCrich",
            query.replacing("gold", with: "go%FFld"), "plan=&city=",
        ])
    func changed(query: String) async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let path = "/l/\(try edge.token(data: Self.data))?\(query)"
            #expect(try await edge.get(path).status == 404)
            #expect(try await edge.request("POST", path).status == 404)
            let link = "https://links.example" + path
            let answer = try await edge.post("/v1/start", json: "{\"link\":\"\(link)\"}")
            #expect(answer.status == 422 && answer.json["code"] == .string("embedded_data_mismatch"))
            #expect(try await edge.state() == .unused)
        }
    }

    @Test("data can't be added to a link that was minted without any")
    func added() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let path = "/l/\(try edge.token())"
            #expect(try await edge.get(path).status == 200)
            #expect(try await edge.get(path + "?plan=gold").status == 404)
        }
    }

    @Test("an expired link says that it expired, also when its data was changed")
    func order() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let token = try edge.token(expiresIn: 0, data: Self.data)
            edge.advance(100)
            let answer = try await edge.post("/v1/verify", json: "{\"token\":\"\(token)\",\"data\":{\"plan\":\"x\"}}")
            #expect(answer.json["code"] == .string("link_expired"))
        }
    }

    @Test("the API takes data beside the token or in the link, and returns it")
    func api() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let token = try edge.token(data: Self.data)
            let beside = "{\"token\":\"\(token)\",\"data\":{\"plan\":\"gold\",\"city\":\"Zürich & Umland+\"}}"
            let inside = "{\"link\":\"https://links.example/l/\(token)?\(Self.query)#top\"}"
            for body in [beside, inside] {
                let answer = try await edge.post("/v1/verify", json: body)
                #expect(answer.status == 200)
                #expect(answer.json["data"] == .object(["plan": "gold", "city": "Zürich & Umland+"]))
            }
        }
    }

    @Test("the API passes over data that the link does not hold, and refuses a link of which some is missing")
    func otherMembers() async throws {
        try await EdgeHarness.serving([Self.distribution]) { (edge) in
            let token = try edge.token(data: Self.data)
            func verify(_ data: String) async throws -> EdgeHarness.Answer {
                try await edge.post("/v1/verify", json: "{\"token\":\"\(token)\",\"data\":{\(data)}}")
            }
            let more = try await verify(#""plan":"gold","utm_source":"mail","city":"Zürich & Umland+""#)
            #expect(more.json["data"] == .object(["plan": "gold", "city": "Zürich & Umland+"]))
            #expect(try await verify(#""plan":"gold""#).json["code"] == .string("embedded_data_mismatch"))
        }
    }
}
