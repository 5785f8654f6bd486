import Kernel

/// What `help E0304` shows: what the code means, what to do, and how it comes about.
struct ErrorPage: Hashable, Sendable {
  /// How the failure comes about.
  enum Occurrence: Hashable, Sendable {
    /// Lines of Basin that produce it, in a folder that holds `files`.
    case lines(String, files: [File] = [])
    /// No line produces it: how it comes about instead.
    case otherwise(String)
  }

  /// A file that the lines find beside them.
  struct File: Hashable, Sendable {
    var path: String
    var bytes: [UInt8]

    init(_ path: String, _ bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  var code: FailureCode
  /// One line, without a full stop.
  var title: String
  /// One or two sentences.
  var meaning: String
  /// What to do, in one or two sentences.
  var remedy: String
  var occurrence: Occurrence

  init(
    _ code: FailureCode, _ title: String, meaning: String, remedy: String,
    _ occurrence: Occurrence
  ) {
    self.code = code
    self.title = title
    self.meaning = meaning
    self.remedy = remedy
    self.occurrence = occurrence
  }
}

/// A page for every code, in the order of the codes.
enum ErrorCatalogue {
  static let pages: [ErrorPage] =
    syntax + names + arguments + files + computing + outcomes + plugins + faults

  /// The page of a code, or nothing where the code is not in use.
  static func page(_ code: FailureCode) -> ErrorPage? { pages.first { $0.code == code } }

  /// The page of a code as typed, `E0304` or `e304`.
  static func page(named word: String) -> ErrorPage? {
    guard let first = word.first, first == "E" || first == "e",
      word.dropFirst().utf8.allSatisfy(\.isDigit), let number = Int(word.dropFirst())
    else { return nil }
    return page(FailureCode(rawValue: number))
  }
}
