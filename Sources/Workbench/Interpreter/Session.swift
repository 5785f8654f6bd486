import Contract
import Kernel

/// What a person works in: bindings, results by number, settings and the outside.
final class Session {
  let host: any Host

  init(host: any Host) { self.host = host }
}
