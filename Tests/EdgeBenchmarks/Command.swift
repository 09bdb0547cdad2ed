import Foundation

/// A program that is run to its end.
enum Command {
    /// What it wrote to its standard output.
    ///
    /// It gets an empty signal mask: the threads of Swift's concurrency block signals, children inherit that, and
    /// `openssl speed` waits for SIGALRM.
    static func output(of program: String, _ arguments: [String], environment: [String: String] = [:]) async throws
        -> String
    {
        let path = FileManager.default.temporaryDirectory.path + "/linkseal-out-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let words = ["/usr/bin/env"] + environment.map { "\($0.key)=\($0.value)" } + [program] + arguments
        let status = await withCheckedContinuation { (done: CheckedContinuation<Int32, Never>) in
            Thread.detachNewThread { done.resume(returning: run(words, outputPath: path)) }
        }
        guard status == 0 else { throw Failure(program: program, status: status) }
        return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    struct Failure: Error, CustomStringConvertible {
        let program: String
        let status: Int32
        var description: String { "\(program) failed with the status \(status); is it installed?" }
    }

    private static func run(_ words: [String], outputPath: String) -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let failure = posix_spawn(&process, words[0], &actions, &attributes, &arguments, environ)
        guard failure == 0 else { return failure }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
