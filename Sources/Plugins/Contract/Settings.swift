import Kernel

/// The value of one parameter after checking.
public enum Setting: Hashable, Sendable {
  case integer(Int)
  case real(Double)
  case yesNo(Bool)
  case text(String)
  case word(String)
  case interval(Double, Double)
  case permutations([NetworkPermutation])
}

/// All parameters of a method, checked, with defaults filled in.
///
/// A plugin reads them by name. Asking for a name that is not in the plugin's own table is a
/// mistake of the plugin's author and stops the program.
public struct Settings: Hashable, Sendable {
  private var values: [String: Setting]

  public init(_ values: [String: Setting]) { self.values = values }

  /// The names that have a value, sorted.
  public var names: [String] { values.keys.sorted() }

  /// The value of a parameter, or `nil` where an optional one was left out.
  public subscript(name: String) -> Setting? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// A whole number.
  public func integer(_ name: String) -> Int {
    guard case .integer(let value)? = values[name] else { mistaken(name, "a whole number") }
    return value
  }

  /// A real number; whole numbers count as real.
  public func real(_ name: String) -> Double {
    switch values[name] {
    case .real(let value)?: return value
    case .integer(let value)?: return Double(value)
    default: mistaken(name, "a real number")
    }
  }

  /// A real number, or `nil` where a word such as `auto` stands instead or nothing was given.
  public func realIfGiven(_ name: String) -> Double? {
    switch values[name] {
    case .real(let value)?: value
    case .integer(let value)?: Double(value)
    default: nil
    }
  }

  /// A whole number, or `nil` where a word such as `all` stands instead or nothing was given.
  public func integerIfGiven(_ name: String) -> Int? {
    if case .integer(let value)? = values[name] { return value }
    return nil
  }

  /// A yes or no.
  public func flag(_ name: String) -> Bool {
    guard case .yesNo(let value)? = values[name] else { mistaken(name, "yes or no") }
    return value
  }

  /// A choice.
  public func word(_ name: String) -> String {
    switch values[name] {
    case .word(let value)?, .text(let value)?: return value
    default: mistaken(name, "a word")
    }
  }

  private func mistaken(_ name: String, _ kind: String) -> Never {
    // `fatalError`, since a release build says nothing of a precondition, and it is a plugin's author
    // who has to read this.
    fatalError("the parameter `\(name)` was read as \(kind), which its table does not say")
  }
}
