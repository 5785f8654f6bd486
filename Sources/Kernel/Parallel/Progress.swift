/// What long work says of how far it is.
public struct ProgressReport: Hashable, Sendable {
  /// The share done, 0...1.
  public var share: Double
  /// Short facts for the line, in order: `("loss", "0.281")`.
  public var facts: [Fact]
  /// A sentence that the person should read, told as a note of its own; given in one report only.
  public var advice: String?

  /// One fact of a progress line.
  public struct Fact: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(share: Double, facts: [Fact] = [], advice: String? = nil) {
    self.share = share
    self.facts = facts
    self.advice = advice
  }
}

/// Where progress reports go.
///
/// May be called from any thread, often; the receiver drops what is too much.
public struct ProgressSink: Sendable {
  private let receive: @Sendable (ProgressReport) -> Void

  public init(_ receive: @escaping @Sendable (ProgressReport) -> Void) { self.receive = receive }

  /// Throws everything away.
  public static let none = ProgressSink { _ in }

  /// Hands over one report.
  public func report(_ report: ProgressReport) { receive(report) }
}
