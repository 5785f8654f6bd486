/// Texts by name, in the order in which they stand in a file.
///
/// In an HDF5 file the name `a/b/key` is the attribute `key` of the object `a/b`.
public struct Metadata: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// A name and its text.
  public struct Entry: Hashable, Sendable {
    public let name: String
    public let text: String

    public init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }
  }

  /// All names and texts in order; no name stands twice.
  public private(set) var entries: [Entry] = []

  public init() {}

  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, text) in elements { self[name] = text }
  }

  public var isEmpty: Bool { entries.isEmpty }

  /// The text with this name.
  ///
  /// A new name goes to the end; setting nil removes it.
  public subscript(name: String) -> String? {
    get { entries.first { $0.name == name }?.text }
    set {
      let place = entries.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let text?): entries[place] = Entry(name, text)
      case (let place?, nil): entries.remove(at: place)
      case (nil, let text?): entries.append(Entry(name, text))
      case (nil, nil): break
      }
    }
  }
}

// MARK: - As JSON, where a format has no place of its own for texts

extension Metadata {
  var json: JSON { .object(entries.map { JSON.Member($0.name, .text($0.text)) }) }

  init(json: JSON, source: String) throws(Failure) {
    guard let members = json.members else {
      throw Failure(.fileMalformed, "the metadata of `\(source)` is no JSON object")
    }
    for member in members {
      guard let text = member.value.text else {
        throw Failure(
          .fileMalformed, "the metadata of `\(source)` has no text under `\(member.name)`")
      }
      entries.append(Entry(member.name, text))
    }
  }
}
