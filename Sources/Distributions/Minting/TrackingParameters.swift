/// Names of parameters that mail programs and advertisers add to links, and that browsers and their extensions remove.
/// A field of such a name arrives changed, twice, or not at all.
enum TrackingParameters {
    static func contain(_ name: String) -> Bool {
        let name = name.lowercased()
        return names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    private static let prefixes = [
        "utm_", "ga_", "gad_", "hsa_", "itm_", "mtm_", "matomo_", "piwik_", "otm_", "hmb_", "vn_", "oft_", "bsft_",
        "elq",
    ]

    private static let names = removed.union(added)

    /// What is removed from links to any site by Firefox (query stripping), Brave (query filter), ClearURLs (global rules)
    /// or AdGuard (general rules of the URL Tracking filter).
    private static let removed: Set = [
        "__hsfp", "__hssc", "__hstc", "__s", "__twitter_impression", "_bhlid", "_branch_match_id", "_branch_referrer",
        "_ga", "_gl", "_hsenc", "_kx", "_openstat", "action_object_map", "action_ref_map", "action_type_map",
        "asgtbndr",
        "at_recipient_id", "at_recipient_list", "bbeml", "cmpid", "dclid", "echobox", "et_rid", "fb_action_ids",
        "fb_action_types", "fb_comment_id", "fb_ref", "fb_source", "fbclid", "gbraid", "gclid", "gs_l", "guccounter",
        "guce_referrer", "guce_referrer_sig", "h_sid", "h_slt", "hsctatracking", "igshid", "irclickid", "mc", "mc_eid",
        "mkt_tok", "ml_subscriber", "ml_subscriber_hash", "msclkid", "oly_anon_id", "oly_enc_id", "os_ehash", "pk_cid",
        "rb_clickid", "ref", "ref_", "referrer", "s_cid", "spm", "srsltid", "ss_email_id", "tracking_source", "twclid",
        "unicorn_click_id", "utm", "vero_conv", "vero_id", "vgo_ee", "wbraid", "wickedid", "wt_mc", "wt_zmc", "wtmc",
        "wtrid", "wtzmc", "xtor", "yclid", "ymclid", "ysclid",
    ]

    /// What newsletter services, advertisers and web analytics are documented to add.
    private static let added: Set = [
        "_hsmi", "_ke", "awc", "cjevent", "dm_i", "epik", "gclsrc", "igsh", "li_fat_id", "mc_cid", "mc_tc", "obclid",
        "pk_campaign", "pk_content", "pk_cpn", "pk_keyword", "pk_kwd", "pk_medium", "pk_source", "qclid", "rdt_cid",
        "sc_eh", "sc_lid", "sc_llid", "sc_src", "sc_uid", "sccid", "sfmc_id", "tblci", "trk_contact", "trk_module",
        "trk_msg", "trk_sid", "ttclid", "wt.mc_id", "zanpid",
    ]
}
