import Cryptography
import Distributions
import Foundation
import LinkToken

/// A workspace with keys in a new directory.
func makeWorkspace(isP256: Bool) throws -> Workspace {
    let workspace = try Workspace.create(
        in: FileManager.default.temporaryDirectory.path + "/linkseal-minting-\(getpid())")
    let key = try PrivateKey.generate(isP256 ? .p256 : .ed25519)
    try key.withPEM { (pem) throws(CryptographyError) in
        try SecretFile.create(workspace.root + "/key.pem", pem)
    }
    try SecretBytes(randomCount: SessionKeyring.keyByteCount).withSpan { (key) throws(CryptographyError) in
        try SecretFile.create(workspace.root + "/session.key", key)
    }
    return workspace
}

/// The output of a program that must succeed.
func output(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle(forWritingAtPath: "/dev/null")
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { fatalError("\(program) \(arguments) failed") }
    return String(decoding: data, as: UTF8.self)
}

/// A contact file, of the people with these numbers.
func writePeople(_ numbers: Range<Int>, to path: String) throws {
    try Data().write(to: URL(filePath: path))
    let file = FileHandle(forWritingAtPath: path)!
    var text = "Contact ID,First Name,Last Name,Email,External Data Reference,Language,Plan,Churn Risk,City\n"
    for index in numbers {
        let id = 100_000_000_000 + index
        text += "\(id),Zoë\(index % 100),Müller,person\(index)@mail\(index % 50).example,"
        text += "CRM-\(index),EN,\(index % 3 == 0 ? "gold" : "silver"),\(index % 5 == 0 ? "high" : "low"),"
        text += "\"Springfield, IL\"\n"
        if text.utf8.count > 1 << 20 || index == numbers.upperBound - 1 {
            file.write(Data(text.utf8))
            text = ""
        }
    }
    try file.close()
}

/// A cell of a table.
func column(_ text: String, _ width: Int) -> String {
    text.padding(toLength: width, withPad: " ", startingAt: 0)
}
