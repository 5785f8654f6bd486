import Kernel

/// What every method must do, as checks that anybody can run on a method of theirs.
///
///     let complaints = Conformance.complaints(about: SearchMethod(MyMatcher.self))
///
/// The problems are small networks made from a seed, labelled by the first of them, so that every
/// right answer is known: it makes no error, and a permuted copy of it is found exactly or not.
/// One suite runs on the built-in methods and on those of others.
public struct Conformance: Sendable {
  /// One thing that a method must do.
  public struct Check: Sendable, Hashable, CustomStringConvertible {
    /// A few words, such as `leaves the networks alone`.
    public let name: String
    private let run: @Sendable (Subject) throws(Failure) -> [String]

    init(
      _ name: String, _ run: @escaping @Sendable (Subject) throws(Failure) -> [String]
    ) {
      self.name = name
      self.run = run
    }

    /// What is wrong, a sentence each; nothing where the method does as it must.
    ///
    /// - Parameters:
    ///   - settings: Values for some of the method's parameters, so that a check is quick; the
    ///     defaults for the rest.
    ///   - stop: Raised when somebody wants the check to end; that is then what it complains of.
    public func complaints(
      about method: SearchMethod, settings: [String: Setting] = [:],
      stop: StopSignal = StopSignal()
    ) -> [String] {
      do throws(Failure) {
        return try run(Subject(method: method, given: settings, stop: stop))
      } catch {
        return [stop.isRaised ? Conformance.stopped.description : error.description]
      }
    }

    public var description: String { name }
    public static func == (a: Check, b: Check) -> Bool { a.name == b.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  /// A complaint about a method, by one check.
  public struct Complaint: Sendable, Hashable, CustomStringConvertible {
    public var check: String
    public var sentence: String

    public var description: String { "\(check): \(sentence)" }
  }

  /// Every check, in the order in which a person would read them.
  public static let checks: [Check] = [
    Check("describes itself", cardComplaints),
    Check("gives permutations that fit", fitComplaints),
    Check("leaves the networks alone", inputComplaints),
    Check("finds nothing between equal networks", equalComplaints),
    Check("recovers a planted permutation", plantedComplaints),
    Check("undoes and composes", compositionComplaints),
    Check("gives the same bits at any number of threads", threadComplaints),
    Check("stops soon with the best so far", stopComplaints),
    Check("goes on as if never stopped", resumeComplaints),
    Check("bears the smallest networks", smallComplaints),
  ]

  /// What all checks together complain of.
  public static func complaints(
    about method: SearchMethod, settings: [String: Setting] = [:]
  ) -> [Complaint] {
    checks.flatMap { check in
      check.complaints(about: method, settings: settings)
        .map { Complaint(check: check.name, sentence: $0) }
    }
  }

  /// What is wrong with what a method says of itself, a sentence each.
  public static func complaints(aboutCardOf method: SearchMethod) -> [String] {
    checks[0].complaints(about: method)
  }
}
