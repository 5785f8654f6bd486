import Contract
import Foundation
import Glibc
import Kernel
import Synchronization

/// Says whose mistake it was where a Swift plugin ends the program, since it runs inside it.
enum PluginCrash {
  /// The signals that a mistake in Swift or C raises.
  private static let signals = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT]

  /// Runs code of a plugin; should the program end in it, the person reads which plugin it was.
  ///
  /// Of several that run at once, as in the cells of a sweep, the last to begin is named.
  ///
  /// - Parameter session: The session that is kept, if one is.
  static func blaming<Result, Problem: Error>(
    _ plugin: String?, session: String? = nil, _ body: () throws(Problem) -> Result
  ) throws(Problem) -> Result {
    // What is said already says more, where this knows of no session.
    guard let plugin, session != nil || sentence.load(ordering: .relaxed) == 0 else {
      return try body()
    }
    _ = installed
    let kept =
      session.map { "`basin --session \($0)` brings the session back without the line that ran" }
      ?? "a mistake in it, such as an index out of range"
    // Never freed: another thread may be about to read it.
    let words = strdup("\nthe program ended while the plugin `\(plugin)` ran: \(kept)\n")
    let before = sentence.exchange(UInt(bitPattern: words), ordering: .acquiringAndReleasing)
    defer { sentence.store(before, ordering: .releasing) }
    return try body()
  }

  /// The address of what the handler writes; 0 while no plugin runs.
  private static let sentence = Atomic<UInt>(0)

  /// What stood there before, by signal: the runtime's own report comes after ours.
  private nonisolated(unsafe) static let former: UnsafeMutablePointer<sigaction> = {
    let count = Int(NSIG)
    let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: count)
    actions.initialize(repeating: sigaction(), count: count)
    return actions
  }()

  /// Puts the handler in place, once.
  private static let installed: Void = {
    for number in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = handle
      sigemptyset(&action.sa_mask)
      // On the runtime's own stack where it has one: the ordinary one may be full.
      action.sa_flags = Int32(SA_ONSTACK)
      sigaction(number, &action, former + Int(number))
    }
  }()

  /// Async-signal-safe: it makes one `write`, and puts the former handler back for what comes next.
  private static let handle: @convention(c) (Int32) -> Void = { number in
    if let words = UnsafePointer<CChar>(bitPattern: sentence.load(ordering: .relaxed)) {
      write(2, words, strlen(words))
    }
    sigaction(number, former + Int(number), nil)
    // A faulty instruction faults again where it stands; what was raised has to be raised.
    if number == SIGTRAP || number == SIGABRT { raise(number) }
  }
}

extension Plugin {
  /// The plugin with methods that are named where the program ends in them.
  func blamed(as name: String) -> Plugin {
    var result = self
    result.methods = methods.map { method in
      SearchMethod(card: method.card) { settings throws(Failure) in
        BlamedSearcher(
          name: name,
          searcher: try PluginCrash.blaming(name) { () throws(Failure) in
            try method.make(settings)
          })
      }
    }
    return result
  }
}

/// A search by a plugin inside the program.
private struct BlamedSearcher: Searcher {
  let name: String
  let searcher: any Searcher

  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    try PluginCrash.blaming(name) { () throws(Failure) in try searcher.search(task) }
  }
}
