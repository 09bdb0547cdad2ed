import AdminConsole
import ArgumentParser
import Cryptography

/// The OpenID Connect provider that users of the console can sign in with.
struct ProviderOptions: ParsableArguments {
    /// `VALUE=ROLE`.
    struct RoleValue: ExpressibleByArgument {
        let value: String
        let role: Role

        init?(argument: String) {
            guard let end = argument.lastIndex(of: "="), end != argument.startIndex,
                let role = Role(rawValue: String(argument[argument.index(after: end)...]))
            else { return nil }
            (value, self.role) = (String(argument[..<end]), role)
        }
    }

    @Option(
        help: ArgumentHelp(
            "The issuer that users can sign in with; its redirect URI for the console ends with /sign-in/provider/done.",
            valueName: "url"))
    var oidcIssuer: String?

    @Option(help: ArgumentHelp("The client ID of the console there.", valueName: "id"))
    var oidcClientId: String?

    @Option(
        help: ArgumentHelp("A file of mode 0600 whose first line is the client's secret.", valueName: "file"))
    var oidcClientSecretFile: String?

    @Option(
        help: ArgumentHelp(
            "The claim of the ID token that has a user's groups or roles, such as realm_access.roles.",
            valueName: "name"))
    var oidcRoleClaim = "groups"

    @Option(
        help: ArgumentHelp(
            """
            What a value of that claim means here: viewer, editor or admin; can be given again. Without it, the values \
            are these words.
            """, valueName: "value=role"))
    var oidcRole: [RoleValue] = []

    func validate() throws {
        let given = [oidcIssuer, oidcClientId, oidcClientSecretFile].count { $0 != nil }
        guard given == 0 || given == 3 else {
            throw ValidationError("Give --oidc-issuer, --oidc-client-id and --oidc-client-secret-file together.")
        }
        guard given == 3 || oidcRole.isEmpty else { throw ValidationError("--oidc-role needs --oidc-issuer.") }
    }

    func open() throws -> SignInProvider? {
        guard let oidcIssuer, let oidcClientId, let oidcClientSecretFile else { return nil }
        let secret = try SecretFile.read(oidcClientSecretFile).withSpan { firstLine($0) }
        let words = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0.rawValue, $0) })
        let roles = Dictionary(oidcRole.map { ($0.value, $0.role) }, uniquingKeysWith: max)
        return try SignInProvider(
            issuer: oidcIssuer, clientID: oidcClientId, clientSecret: secret, roleClaim: oidcRoleClaim,
            roles: roles.isEmpty ? words : roles)
    }
}
