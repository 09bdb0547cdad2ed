import Foundation
import TestSupport
import Testing

@testable import Distributions

extension SpreadsheetTests {
    @Test(
        "LibreOffice keeps every character and makes no cell a formula",
        .enabled(
            if: access("/usr/bin/soffice", X_OK) == 0, "soffice is not installed: apt-get install libreoffice-calc"),
        arguments: ["en", "de"])
    func libreOffice(locale: String) async throws {
        var layout = SpreadsheetLayout()
        layout.csv = .excel(in: try #require(ExcelLocale(locale)))
        let separator = layout.csv.separator.rawValue
        let path = try directory.write(spreadsheet(layout), to: "links.csv")
        // With formulas evaluated, which the control shows: the same kind of cell without a guard is one.
        let control = try directory.write("a,b\n=1+1,x\n".replacing(",", with: "\(separator)"), to: "control.csv")
        // To OpenDocument and not back to CSV: in it, formulas are marked as such.
        try await ChildProcess.output(
            of: "soffice",
            [
                "-env:UserInstallation=file://\(directory.path("profile"))", "--headless", "--convert-to",
                "fods", "--infilter=CSV:\(separator.asciiValue!),34,76,1,,0,false,true,false,false,false,0,true",
                "--outdir", directory.root,
            ] + [path, control])
        #expect(
            String(decoding: try contents(of: directory.path("control.fods")), as: UTF8.self).contains("table:formula"))
        let script = """
            import json, sys, xml.etree.ElementTree as tree
            o, t, x = ('{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}' % n for n in ('office', 'table', 'text'))
            def text(e):
                out = e.text or ''
                for c in e:
                    out += {x + 's': ' ' * int(c.get(x + 'c', 1)), x + 'tab': '\\t', x + 'line-break': '\\n'}.get(c.tag, text(c))
                    out += c.tail or ''
                return out
            root = tree.parse(sys.argv[1]).getroot()
            rows = []
            for row in root.iter(t + 'table-row'):
                cells = []
                for cell in row.iter(t + 'table-cell'):
                    assert cell.get(t + 'formula') is None, cell.attrib
                    value = '\\n'.join(text(p) for p in cell.findall(x + 'p'))
                    cells += [value] * int(cell.get(t + 'number-columns-repeated', 1))
                rows.append(cells[:10])
            print(json.dumps(rows[:int(sys.argv[2])]))
            """
        let count = Self.contacts.count
        let printed = try await ChildProcess.output(
            of: "python3", ["-c", script, directory.path("links.fods"), String(count + 1)])
        let rows = try JSONDecoder().decode([[String]].self, from: Data(printed.utf8)).dropFirst()
        #expect(rows.count == count)
        for (row, contact) in zip(rows, Self.contacts) {
            let expected = FormulaGuard.applied(to: contact.firstName).replacing("\r", with: "\n")
            #expect(Array(row[1].utf8) == Array(expected.utf8), "\(contact[.contactID])")
            #expect(row[2] == "line\nbreak, \"quoted\"")
            #expect(row[6] == "https://l.example/l/L\(contact[.contactID])?a=1&b=-2")
        }
    }
}

#if Spreadsheets
    extension WorkbookSpreadsheetTests {
        @Test(
            .enabled(
                if: access("/usr/bin/soffice", X_OK) == 0, "soffice is not installed: apt-get install libreoffice-calc")
        )
        func `LibreOffice sees every character, and no formula, number or date`() async throws {
            _ = try await generate(as: .xlsx, to: "links.xlsx")
            try await ChildProcess.output(
                of: "soffice",
                [
                    "-env:UserInstallation=file://\(setting.directory.path("profile"))", "--headless", "--convert-to",
                    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,true,false,1", "--outdir",
                    setting.directory.path("out"), setting.directory.path("links.xlsx"),
                ])
            var reader = try CSVReader(setting.directory.path("out/links-NPS Q4.csv"))
            var row = CSVRow()
            var seen: [[String]] = []
            while try reader.read(into: &row) { seen.append(row.cells) }
            let rows = try workbook("links.xlsx")
            // The last cells of a row may be empty in the one and missing in the other. LibreOffice does not undo escapes.
            let expected = rows.map { $0 + Array(repeating: "", count: rows[0].count - $0.count) }
            for (seen, expected) in zip(seen, expected) {
                #expect(seen.map { $0.replacing("_x005F_", with: "_") } == expected)
            }
            #expect(seen.count == expected.count)
        }
    }
#endif
