import Kernel

/// A method as a session knows it: what it says of itself, how it is made, and where it comes from.
///
/// A method is either a type of this program or of a Swift plugin, or a program that speaks the
/// plugin protocol; nobody who runs it can tell which.
public struct SearchMethod: Sendable {
  public let card: MethodCard
  /// The file it came in; `nil` for what is built in.
  public var origin: PluginOrigin?
  private let maker: @Sendable (Settings) throws(Failure) -> any Searcher

  public init(_ type: any SearchPlugin.Type) {
    self.init(card: type.card) { settings throws(Failure) in try type.init(settings) }
  }

  /// - Parameter make: Makes the method from checked settings; throws where they contradict each
  ///   other.
  public init(
    card: MethodCard, make: @escaping @Sendable (Settings) throws(Failure) -> any Searcher
  ) {
    self.card = card
    maker = make
  }

  public var id: String { card.id }

  /// The method, ready to search; throws where the settings contradict each other.
  public func make(_ settings: Settings) throws(Failure) -> any Searcher { try maker(settings) }
}
