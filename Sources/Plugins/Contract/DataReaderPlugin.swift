import Kernel

/// Reads data sets from a kind of file that Basin does not know.
///
/// `load FILE` asks a reader by the ending of the file's name, `load FILE reader=ID` in any case.
public protocol DataReaderPlugin: Sendable {
  /// What the reader is.
  static var card: DataReaderCard { get }

  init() throws(Failure)

  /// The data sets in a file: one, or one for training and one for testing.
  ///
  /// The initializers of `DataSet` that throw say what is wrong with labels and values in words that
  /// a person can act on. A file that is read beside `path` is named in the set's
  /// `source.files`, so that its hash is kept, too.
  ///
  /// - Parameter stop: Raised when somebody wants the reading to end; throw `stopped` then.
  func read(_ path: String, stop: StopSignal) throws(Failure) -> [DataSet]
}

/// What a reader says of itself.
public struct DataReaderCard: Hashable, Sendable {
  /// The word in `reader=ID`, in lower case with `_`.
  public var id: String
  /// One line: what it reads, without a full stop.
  public var summary: String
  /// A few sentences for the help page.
  public var description: String
  /// Changes whenever the same file would give other data.
  public var version: String
  /// The endings of names by which `load` chooses the reader, such as `.csv`.
  public var endings: [String]

  public init(
    id: String, summary: String, description: String, version: String = "1",
    endings: [String] = []
  ) {
    self.id = id
    self.summary = summary
    self.description = description
    self.version = version
    self.endings = endings
  }
}

/// A reader as a session knows it, whatever it is written in.
public struct DataReader: Sendable {
  public let card: DataReaderCard
  /// The file it came in.
  public var origin: PluginOrigin?
  private let reading: @Sendable (String, StopSignal) throws(Failure) -> [DataSet]

  public init(_ type: any DataReaderPlugin.Type) {
    self.init(card: type.card) { path, stop throws(Failure) in
      try type.init().read(path, stop: stop)
    }
  }

  public init(
    card: DataReaderCard,
    read: @escaping @Sendable (String, StopSignal) throws(Failure) -> [DataSet]
  ) {
    self.card = card
    reading = read
  }

  public var id: String { card.id }

  /// Id and version, as receipts name it.
  public var version: String { "\(card.id) \(card.version)" }

  /// The data sets in a file: one, or one for training and one for testing.
  ///
  /// They are checked as data from any other file are: labels, shapes, finite values.
  ///
  /// - Throws: What is wrong with the file or with what was read, with the reader's name.
  public func read(_ path: String, stop: StopSignal = StopSignal()) throws(Failure) -> [DataSet] {
    do throws(Failure) {
      let sets = try reading(path, stop)
      guard let first = sets.first else { throw Failure(.badData, "`\(path)` holds no data") }
      for set in sets {
        try set.check()
        guard set.sampleShape == first.sampleShape else {
          throw Failure(
            .shapeMismatch,
            "`\(first.name)` has samples of \(shapeText(first.sampleShape)), and `\(set.name)` of "
              + shapeText(set.sampleShape))
        }
      }
      return sets
    } catch {
      throw Failure(error.code, "the reader `\(id)`: \(error.message)", notes: error.notes)
    }
  }
}
