import Foundation
import MarketoStandIn
import TestSupport
import Testing

@Suite struct `The commands` {
    @Test func `take a list, mint its links and write them into the leads`() async throws {
        let list = Instance.List(id: 1001, name: "Q4 customers", leads: Array(1...650))
        try await ProgramSetting.run(Instance(lists: [list])) { (test) in
            let standIn = test.standIn
            let lists = try await test.run(["contacts", "marketo", "lists"])
            #expect(lists.output.contains("Q4 customers"), "\(lists.errors)")

            let imported = try await test.run([
                "contacts", "import", "--from", "marketo", "--list", "Q4 customers", "--fields", "company",
                "--name", "Customers",
            ])
            #expect(imported.output.contains("650 contacts are in the list"), "\(imported.errors)")

            standIn.change { $0.lists[0].leads.removeFirst() }
            let refreshed = try await test.run(["contacts", "refresh", "Customers"])
            #expect(refreshed.output.contains("0 added, 1 removed"), "\(refreshed.errors)")

            try await test.succeed([
                "generate", "--list", "Customers", "--name", "NPS", "--survey-url",
                "https://survey.example/s?c={contact_id}&r={session}", "--base-url", "https://links.example/l/",
                "--out",
                "links.csv",
            ])
            let prepared = try await test.run(["contacts", "marketo", "write-links", "NPS", "--field", "surveyLink"])
            #expect(prepared.output.contains("649 links are ready"), "\(prepared.errors)")
            #expect(standIn.change { $0.written.isEmpty })

            standIn.change {
                $0.missingLeads = [300, 601]
                $0.faults = [.cut, .code("606")]
            }
            let pushed = try await test.run([
                "contacts", "marketo", "write-links", "NPS", "--field", "surveyLink", "--push",
            ])
            #expect(pushed.status == 1)
            #expect(pushed.output.contains("647 leads have their link"), "\(pushed.errors)")
            #expect(pushed.errors.contains("lead 601 was passed over: Lead not found (1004)"))
            let written = standIn.change { $0.written }
            #expect(written.count == 647)
            #expect(standIn.change { $0.largestUpdate } == 300)
            let spreadsheet = try test.workspace.read("links.csv")
            #expect(written.values.allSatisfy { spreadsheet.contains($0["surveyLink"] ?? "none") })
            for outcome in [lists, imported, refreshed, prepared, pushed] {
                #expect(!(outcome.output + outcome.errors).contains("s3cret"))
            }
        }
    }

    @Test func `links go to leads of the instance that the contacts came from, unless asked otherwise`() async throws {
        try await ProgramSetting.run(Instance(lists: [.init(id: 1, name: "L", leads: [1, 7])])) { (test) in
            try Data("E-Mail,External Data Reference\na@example.com,7\nb@example.com,007\n".utf8)
                .write(to: URL(filePath: test.workspace.path("customers.csv")))
            try await test.succeed([
                "generate", "--contacts", "customers.csv", "--name", "CRM", "--survey-url",
                "https://survey.example/s?r={session}", "--base-url", "https://links.example/l/", "--out", "links.csv",
            ])
            let push = ["contacts", "marketo", "write-links", "CRM", "--field", "surveyLink", "--push"]
            let refused = try await test.run(push)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("came from \"customers.csv\", not from Marketo"), "\(refused.errors)")
            #expect(test.standIn.change { $0.written.isEmpty })
            try await test.succeed(push + ["--any-source"])
            #expect(test.standIn.change { Array($0.written.keys) } == [7])
        }
    }

    @Test func `browse lists of both kinds, and import and refresh a smart one`() async throws {
        var instance = Instance(lists: [.init(id: 7, name: "Static people", leads: [1, 2])])
        instance.smartLists = [.init(id: 7, name: "Smart people", leads: Array(1...40))]
        try await ProgramSetting.run(instance) { (test) in
            let table = try await test.succeed(["contacts", "marketo", "lists"])
            #expect(table.contains("static   7  Static people"), "\(table)")
            #expect(table.contains("smart    7  Smart people"), "\(table)")
            let json = try await test.succeed(["contacts", "marketo", "lists", "--json"])
            #expect(json.contains("\"kind\":\"smart\"") || json.contains("\"kind\" : \"smart\""), "\(json)")

            try await test.succeed([
                "contacts", "import", "--from", "marketo", "--smart-list", "Smart people", "--name", "A",
            ])
            #expect(try test.references("A") == Array(1...40))
            try await test.succeed([
                "contacts", "import", "--from", "marketo", "--smart-list-id", "7", "--name", "B",
            ])
            #expect(try test.references("B") == Array(1...40))
            test.standIn.change { $0.smartLists[0].leads.append(50) }
            let refreshed = try await test.succeed(["contacts", "refresh", "A"])
            #expect(refreshed.contains("1 added, 0 removed"), "\(refreshed)")

            test.standIn.change { $0.hasAssetPermission = false }
            let outcome = try await test.run(["contacts", "marketo", "lists"])
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("Static people") && !outcome.output.contains("Smart people"))
            #expect(outcome.errors.contains("Read-Only Asset"))
        }
    }
}
