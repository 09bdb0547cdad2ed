import BundleFollowing
import Consumption
import HTTPServer
import LinkToken
import Trust

/// What `/metrics` says.
struct MetricsReport {
    let tally: EdgeMetrics.Tally
    let bundle: TrustBundle
    /// Nil where nobody follows publications.
    let following: BundleStatus?
    let now: UnixTime
    let server: Server.Report
    let cacheUses: SignatureCache.Uses
    let cachedLinks: Int
    let limitedAddresses: Int
    let store: [StoreMeasurement]
    let isLogAccepting: Bool
    let droppedLogEntries: Int
    let process: ProcessReport?

    var text: String {
        var report = PrometheusText()
        addRequests(to: &report)
        addTrust(to: &report)
        addStore(to: &report)
        addNetwork(to: &report)
        report.single(
            "linkseal_logger_dropped_entries_total", "counter",
            "Entries on standard error that were dropped because they were not read.", droppedLogEntries)
        BuildInfo.current.add(to: &report)
        process?.add(to: &report)
        return report.text
    }

    private func addRequests(to report: inout PrometheusText) {
        report.family("linkseal_http_requests_total", "counter", "Requests answered, by what came of them.")
        let requests = tally.requests.sorted {
            ($0.key.route.rawValue, $0.key.method, $0.key.status, $0.key.outcome) < (
                $1.key.route.rawValue, $1.key.method, $1.key.status, $1.key.outcome
            )
        }
        for (key, count) in requests {
            report.sample(
                "linkseal_http_requests_total",
                [
                    ("route", key.route.rawValue), ("method", key.method), ("status", String(key.status)),
                    ("outcome", key.outcome),
                ], count)
        }
        report.family(
            "linkseal_http_request_duration_seconds", "histogram", "Time from a request's head to its answer.")
        for (route, histogram) in tally.latencies.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            report.histogram("linkseal_http_request_duration_seconds", [("route", route.rawValue)], histogram)
        }
        report.single(
            "linkseal_http_requests_in_flight", "gauge", "Requests that have arrived and are not answered.",
            server.requestsInFlight)
        report.single(
            "linkseal_refused_addresses", "gauge", "Addresses whose links lately failed the signature check.",
            limitedAddresses)
        report.single("linkseal_connections", "gauge", "Open connections.", server.openConnections)
        report.single("linkseal_connections_limit", "gauge", "Connections that may be open.", server.connectionLimit)
        report.family(
            "linkseal_connections_closed_total", "counter",
            "Idle connections closed to make room, by whose limit it was.")
        for (reason, count) in server.closings {
            report.sample("linkseal_connections_closed_total", [("reason", reason)], count)
        }
        report.family("linkseal_refusals_total", "counter", "Requests refused, by problem code.")
        for (code, count) in tally.refusals.sorted(by: { $0.key < $1.key }) {
            report.sample("linkseal_refusals_total", [("code", code)], count)
        }
        report.family("linkseal_links_total", "counter", "Starts and finishes of surveys, by what they were.")
        for (outcome, count) in tally.links.sorted(by: { $0.key < $1.key }) {
            report.sample("linkseal_links_total", [("outcome", outcome)], count)
        }
        report.family("linkseal_first_starts_total", "counter", "Surveys begun, by the kind of program that did.")
        for agent in UserAgentClass.allCases {
            report.sample("linkseal_first_starts_total", [("agent", agent.name)], tally.starters[agent, default: 0])
        }
        report.single(
            "linkseal_signature_cache_hits_total", "counter", "Signatures that were known to be good.", cacheUses.hits)
        report.single(
            "linkseal_signature_cache_misses_total", "counter", "Signatures that had to be checked.", cacheUses.misses)
        report.single("linkseal_signature_cache_links", "gauge", "Links whose signature is known.", cachedLinks)
    }

    private func addTrust(to report: inout PrometheusText) {
        report.single(
            "linkseal_trust_bundle_sequence", "gauge", "Sequence of the trust bundle in force.", bundle.sequence)
        report.single(
            "linkseal_trust_bundle_age_seconds", "gauge", "Seconds since the trust bundle was issued.",
            Int(now.rawValue) - Int(bundle.issuedAt.rawValue))
        report.single(
            "linkseal_trust_bundle_overdue_seconds", "gauge",
            "Seconds since the next trust bundle was due, negative before.",
            Int(now.rawValue) - Int(bundle.nextUpdate.rawValue))
        report.single("linkseal_trust_bundle_keys", "gauge", "Keys in the trust bundle.", bundle.keys.count)
        report.single(
            "linkseal_trust_bundle_distributions", "gauge", "Distributions in the trust bundle.",
            bundle.distributions.count)
        following?.add(to: &report)
    }

    private func addStore(to report: inout PrometheusText) {
        report.single(
            "linkseal_log_accepting", "gauge", "1 while starts and finishes are recorded.", isLogAccepting ? 1 : 0)
        for measurement in store { report.add(measurement) }
    }

    private func addNetwork(to report: inout PrometheusText) {
        if let tls = server.tls {
            report.single(
                "linkseal_tls_certificate_not_after_seconds", "gauge", "When the TLS certificate ends, in UNIX time.",
                tls.notAfter)
            report.single(
                "linkseal_tls_certificate_reloads_total", "counter", "Changed TLS certificates that were taken up.",
                tls.reloads)
            report.single(
                "linkseal_tls_certificate_refusals_total", "counter",
                "Changed TLS certificates that were not good, so that the one before stayed in force.", tls.refusals)
        }
        if let refusals = server.proxyProtocolRefusals {
            report.family(
                "linkseal_proxy_protocol_refusals_total", "counter",
                "Connections closed because they began with no PROXY header or came from no trusted proxy.")
            for (reason, count) in refusals {
                report.sample("linkseal_proxy_protocol_refusals_total", [("reason", reason)], count)
            }
        }
    }
}
