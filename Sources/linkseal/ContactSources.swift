import Distributions
import Marketo

/// Every service that contacts are imported from. What else there is about a source, commands, options, pages and
/// variables, follows from its type.
let contactSources: [any ContactListSource.Type] = [MarketoSource.self]
