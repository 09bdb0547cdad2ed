import BundleFollowing

extension BundleStatus {
    /// What `/metrics` says of following, beside the age of the bundle in force.
    func add(to report: inout PrometheusText) {
        report.single(
            "linkseal_trust_bundle_accepted_total", "counter", "Trust bundles put in force since the start.", accepted)
        report.family("linkseal_trust_bundle_refusals_total", "counter", "Trust bundles refused, by code.")
        for (code, count) in refusals.sorted(by: { $0.key < $1.key }) {
            report.sample("linkseal_trust_bundle_refusals_total", [("code", code)], count)
        }
        report.family(
            "linkseal_trust_bundle_fetch_failures_total", "counter",
            "Polls that brought no trust bundle to look at, by code.")
        for (code, count) in fetchFailures.sorted(by: { $0.key < $1.key }) {
            report.sample("linkseal_trust_bundle_fetch_failures_total", [("code", code)], count)
        }
        report.single(
            "linkseal_trust_bundle_failed_polls", "gauge", "Polls that failed since one last succeeded.",
            failuresInARow)
        report.single(
            "linkseal_trust_bundle_prepared_keys", "gauge",
            "P-256 keys of the trust bundle in force that have a table for verifying signatures.", preparedKeys)
        report.single(
            "linkseal_trust_bundle_confirmed_timestamp_seconds", "gauge",
            "When the source last gave the trust bundle in force, 0 if it has not since the start.",
            confirmedAt?.rawValue ?? 0)
        report.single(
            "linkseal_trust_bundle_from_record", "gauge",
            "1 while the trust bundle in force is the one recorded by an earlier run.", isFromRecord ? 1 : 0)
    }

    /// What `/readyz` says of it.
    func add(to json: inout JSONObjectWriter) {
        json.add("bundleRoot", root.description)
        json.add("bundleFrom", isFromRecord ? "record" : "source")
        json.add("bundleConfirmedAt", confirmedAt?.description)
        if let lastRefusal {
            json.add(lastRefusal.isFetchFailure ? "bundleFetchFailure" : "bundleRefusal", lastRefusal.code)
        }
    }
}
