import Glibc
import TestSupport
import Testing

@testable import AdminConsole

@Suite struct MultipartTests {
    static let contents = ["", "a", "\r\n", "\r\n--X", "--X--", "\r\n\r\n--XY\r\n", "a,b\r\n1,2\r\n", "\n--XX"]

    @Test(arguments: contents)
    func `a file arrives byte for byte, however it is cut`(content: String) throws {
        let form = Array(
            ("preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"form-token\"\r\n\r\nT\r\n"
                + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\(content)\r\n--XX--\r\n")
                .utf8)
        for cut in [1, 2, 3, 7, 64, form.count] {
            let directory = TemporaryDirectory()
            let file = open(directory.path("out"), O_WRONLY | O_CREAT, 0o600)
            defer { close(file) }
            var upload = MultipartUpload(boundary: "XX", formToken: "T", file: file)
            var start = 0
            while start < form.count {
                try upload.take(form[start..<min(form.count, start + cut)])
                start += cut
            }
            #expect(String(decoding: try directory.read("out"), as: UTF8.self) == content, "in pieces of \(cut)")
            #expect(upload.fileName == "a.csv")
        }
    }

    @Test func `nothing of a file is kept before the token is checked`() throws {
        let directory = TemporaryDirectory()
        let file = open(directory.path("out"), O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        for first in ["name=\"file\"; filename=\"a.csv\"\r\n\r\nsecret", "name=\"form-token\"\r\n\r\nwrong"] {
            var upload = MultipartUpload(boundary: "XX", formToken: "T", file: file)
            #expect(throws: ConsoleRefusal.formToken) {
                try upload.take("--XX\r\nContent-Disposition: form-data; \(first)\r\n--XX--\r\n".utf8)
            }
        }
        #expect(try directory.read("out").isEmpty)
    }

    /// Swift's own comparison takes canonically equivalent texts for the same, and as long as they are.
    @Test func `the token is compared byte by byte`() throws {
        let directory = TemporaryDirectory()
        let file = open(directory.path("out"), O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        var upload = MultipartUpload(boundary: "XX", formToken: "\u{E9}", file: file)
        let form = "--XX\r\nContent-Disposition: form-data; name=\"form-token\"\r\n\r\ne\u{301}\r\n--XX--\r\n"
        #expect(throws: ConsoleRefusal.formToken) { try upload.take(form.utf8) }
    }

    @Test(arguments: [
        ("multipart/form-data; boundary=abc", "abc"), ("multipart/form-data; boundary=\"a b\"", "a b"),
        ("Multipart/Form-Data;charset=x; boundary=q", "q"), ("text/plain; boundary=abc", nil),
        ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil),
    ])
    func `the boundary is found or refused`(type: String, boundary: String?) {
        #expect(MultipartUpload.boundary(of: type) == boundary)
    }
}
