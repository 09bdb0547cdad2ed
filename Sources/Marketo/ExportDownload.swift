import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOFoundationEssentialsCompat
import NIOHTTP1

/// What came of bringing a job's file.
enum DownloadOutcome: Hashable, Sendable {
    case complete
    /// Marketo has it no more.
    case gone
}

extension MarketoClient {
    /// Fetches what is missing of a job's file. After an interruption it continues with the missing bytes.
    ///
    /// - Parameter size: what Marketo says that the file has, in bytes.
    func download(
        _ export: String, size: Int, to file: ExportFile
    ) async throws(MarketoError) -> DownloadOutcome {
        let call = exportCall(.get, export, "file")
        var longest = min(file.length, size)
        // A file without a byte is asked for nevertheless: so it comes to be there.
        repeat {
            let outcome = try await retrying(call) { await self.piece(of: call, size: size, beyond: longest, to: file) }
            if outcome == .gone { return .gone }
            longest = file.length
        } while longest < size
        return .complete
    }

    /// As much as one connection gives. That the file became longer than it ever was is a success, so that only attempts
    /// that bring nothing are counted: a server that begins anew each time and breaks off would be asked for ever.
    private func piece(
        of call: Call, size: Int, beyond longest: Int, to file: ExportFile
    ) async -> Outcome<DownloadOutcome> {
        let token: String
        switch await accessToken() {
        case .success(let text): token = text
        case .failure(let error): return .failure(error)
        }
        do {
            let writer = try file.writer()
            if writer.length > size { try writer.truncate() }
            var request = HTTPClientRequest(url: credentials.endpoint.origin + call.target)
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            if writer.length > 0 {
                guard writer.length < size else { return .success(.complete) }
                request.headers.add(name: "Range", value: "bytes=\(writer.length)-\(size - 1)")
            }
            try Task.checkCancellation()
            let response = try await http.execute(request, timeout: TimeAmount(timeout))
            if let outcome = await refusal(response, call) { return outcome }
            if response.status == .partialContent {
                guard response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(writer.length)-") == true else {
                    return .failure(.failed(.answer(call: call.name, reason: "it has another range than requested")))
                }
            } else {
                try writer.truncate()
            }
            for try await bytes in response.body {
                guard writer.length + bytes.readableBytes <= size else {
                    return .failure(.failed(.answer(call: call.name, reason: "it is longer than \(size) bytes")))
                }
                try writer.append(bytes)
            }
            guard writer.length > longest || writer.length == size else {
                return .failure(.again(TransientError(kind: .busy, reason: "the file is incomplete")))
            }
            return .success(.complete)
        } catch let error as MarketoError {
            return .failure(.failed(error))
        } catch {
            guard file.length > longest, !Task.isCancelled else { return .failure(callError(from: error)) }
            return .success(.complete)
        }
    }

    /// Nil for an answer with bytes of the file.
    private func refusal(_ response: HTTPClientResponse, _ call: Call) async -> Outcome<DownloadOutcome>? {
        if response.status == .notFound { return .success(.gone) }
        if let passing = passing(response.status) { return .failure(.again(passing)) }
        let isJSON = response.headers.first(name: "Content-Type")?.hasPrefix("application/json") == true
        guard response.status == .ok && !isJSON || response.status == .partialContent else {
            do {
                let body = try await response.body.collect(upTo: 1 << 20)
                let outcome: Outcome<Answer<ExportJob>> = reading(body, status: response.status, of: call)
                switch outcome {
                case .failure(let error): return .failure(error)
                case .success: return .failure(.failed(.answer(call: call.name, reason: "it is not a file")))
                }
            } catch {
                return .failure(callError(from: error))
            }
        }
        return nil
    }
}
