#if Spreadsheets
    import CLibZip
    import Glibc
    import Workbooks

    /// Reads arbitrary bytes as a workbook. A trap, or a row that breaks its own rules, is a finding. Built and run by
    /// `Tests/fuzz`.
    ///
    /// After an even first byte the rest is the archive itself. After an odd one it is the XML of the parts, divided by
    /// zero bytes, which are put into an archive first, so that the fuzzer gets past checksums.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let input = UnsafeBufferPointer(start: start, count: count)
        guard let first = input.first else { return 0 }
        let rest = Array(input.dropFirst())
        if first & 1 == 0 {
            read(rest)
        } else {
            read(archive(of: rest.split(separator: 0, omittingEmptySubsequences: false)))
        }
        return 0
    }

    private let directory = "/dev/shm"
    private let path = "\(directory)/linkseal-workbook-fuzz-\(getpid()).xlsx"

    private func read(_ bytes: [UInt8]) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        do throws(WorkbookError) {
            var reader = try WorkbookReader(path, scratchDirectory: directory)
            precondition(reader.sheets.contains(reader.sheet))
            var last = 0
            while let row = try reader.next() {
                precondition(row.number > last && row.number <= 1_048_576)
                precondition(!row.ends.isEmpty && row.ends.count <= 16_384 && row.ends.last == row.bytes.count)
                precondition(!row.bytes.isEmpty && row.cells.count == row.ends.count)
                last = row.number
            }
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    /// A workbook of these parts, as far as there are some: sheet, texts, styles, workbook.
    private func archive(of parts: [ArraySlice<UInt8>]) -> [UInt8] {
        let names = ["xl/sheet.xml", "xl/strings.xml", "xl/styles.xml", "xl/workbook.xml"]
        let workbook = "<workbook><sheets><sheet name='S' id='s'/></sheets></workbook>"
        let relationships = """
            <Relationships><Relationship Id='s' Type='x/worksheet' Target='sheet.xml'/>\
            <Relationship Id='t' Type='x/sharedStrings' Target='strings.xml'/>\
            <Relationship Id='u' Type='x/styles' Target='styles.xml'/></Relationships>
            """
        var contents = [("xl/_rels/workbook.xml.rels", Array(relationships.utf8))]
        for (name, part) in zip(names, parts) where !part.isEmpty { contents.append((name, Array(part))) }
        if parts.count < 4 || parts[3].isEmpty { contents.append((names[3], Array(workbook.utf8))) }
        var error = zip_error_t()
        guard let source = zip_source_buffer_create(nil, 0, 0, &error) else { return [] }
        zip_source_keep(source)
        defer { zip_source_free(source) }
        guard let archive = zip_open_from_source(source, ZIP_TRUNCATE, &error) else { return [] }
        for (name, bytes) in contents {
            // libzip frees what it gets.
            let copy = malloc(max(1, bytes.count))!
            bytes.withUnsafeBytes { if !$0.isEmpty { memcpy(copy, $0.baseAddress!, $0.count) } }
            let part = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1)
            let index = zip_file_add(archive, name, part, zip_flags_t(ZIP_FL_OVERWRITE))
            precondition(index >= 0 && zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) == 0)
        }
        guard zip_close(archive) == 0, zip_source_open(source) == 0 else { return [] }
        defer { zip_source_close(source) }
        var status = zip_stat_t()
        zip_source_stat(source, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.size))
        let count = zip_source_read(source, &bytes, zip_uint64_t(bytes.count))
        return Array(bytes.prefix(Int(max(0, count))))
    }
#elseif !FUZZING
    @main
    struct Replay {
        static func main() { print("Build it with `--traits Spreadsheets`.") }
    }
#endif
