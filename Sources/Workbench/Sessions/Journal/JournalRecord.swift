import Kernel

/// One line of a journal: an object of JSON.
enum JournalRecord: Hashable, Sendable {
  /// A program opened the journal.
  case opened(JournalHead)
  /// A statement is about to run; written before it does.
  case running(entry: Int, text: String, override: String?, at: String)
  /// A call in it that took long, or cannot be made again, has ended well.
  case call(entry: Int, KeptCall)
  /// The statement has ended.
  case ended(entry: Int, JournalEnding)
  /// The program left in an orderly way.
  case closed(at: String)
}

/// What holds for a whole session.
struct JournalHead: Hashable, Sendable {
  var version: String
  var level: String
  var seed: UInt64
  var threads: Int
  /// The script that the session belongs to; `nil` for one that was typed.
  var script: String?
  var at: String

  /// The layout of the records; a program refuses a later one.
  static let format = 1
}

/// How a statement ended.
struct JournalEnding: Hashable, Sendable {
  enum Status: String, Hashable, Sendable {
    case done, failed
  }

  var status: Status
  /// How many calls in it ended well.
  var calls: Int
  var seconds: Double
  /// The values that its names have after it.
  var values: [NamedHash] = []
  /// What it failed with.
  var failure: Failure?

  struct NamedHash: Hashable, Sendable {
    var name: String
    var kind: String
    /// The first digits of the hash of its canonical bytes, as receipts have it.
    var hash: String
  }
}

/// What a journal keeps of one call.
struct KeptCall: Hashable, Sendable {
  /// Names the call: its recipe, and the seed where it draws.
  var key: String
  /// How manieth call with this key in its statement it is, from 0.
  var turn: Int
  var seconds: Double
  /// How far it got, where it was stopped.
  var partial: Stop?
  var dependsOnTheClock = false
  var method: String?
  /// Methods with their versions that ran in lines inside the command.
  var innerMethods: [String] = []
  /// Metrics and readers of plugins that took part.
  var plugged: [PluggedPart] = []
  var files: [CallRecord.FilePin] = []
  /// Its values, as `KeptContent` takes them apart.
  var contents: [JSON] = []
  /// The file with the networks in them, beside the journal; `nil` where there are none.
  var networks: String?
  /// The file with the state to go on from, where it was stopped.
  var state: String?

  struct Stop: Hashable, Sendable {
    var share: Double
    var reason: String
    /// The file that `checkpoint=` named.
    var checkpoint: String?
  }
}

// MARK: - As JSON

extension JournalRecord {
  var json: JSON {
    switch self {
    case .opened(let head): return head.json
    case .running(let entry, let text, let override, let time):
      var members: [JSON.Member] = [
        .init("entry", .integer(entry)), .init("status", .text("running")),
        .init("text", .text(text)),
      ]
      if let override { members.append(.init("given", .text(override))) }
      return .object(members + [.init("at", .text(time))])
    case .call(let entry, let call):
      return .object([.init("entry", .integer(entry))] + call.members)
    case .ended(let entry, let ending):
      return .object([.init("entry", .integer(entry))] + ending.members)
    case .closed(let time): return .object([.init("closed", .text(time))])
    }
  }

  /// - Throws: `fileMalformed` where it is no record.
  init(_ json: JSON) throws(Failure) {
    if json["basin"] != nil {
      self = .opened(try JournalHead(json))
    } else if let time = json["closed"]?.text {
      self = .closed(at: time)
    } else if let entry = json["entry"]?.integer {
      if let key = json["call"]?.text {
        self = .call(entry: entry, try KeptCall(json, key: key))
      } else if json["status"]?.text == "running" {
        guard let text = json["text"]?.text else { throw JSON.notKept }
        self = .running(
          entry: entry, text: text, override: json["given"]?.text, at: json["at"]?.text ?? "")
      } else {
        self = .ended(entry: entry, try JournalEnding(json))
      }
    } else {
      throw JSON.notKept
    }
  }
}

extension JournalHead {
  fileprivate var json: JSON {
    var members: [JSON.Member] = [
      .init("basin", .text(version)), .init("format", .integer(Self.format)),
      .init("level", .text(level)), .init("seed", .text(String(seed))),
      .init("threads", .integer(threads)),
    ]
    if let script { members.append(.init("script", .text(script))) }
    return .object(members + [.init("at", .text(at))])
  }

  fileprivate init(_ json: JSON) throws(Failure) {
    guard let version = json["basin"]?.text, let format = json["format"]?.integer,
      let seed = json["seed"]?.text.flatMap({ UInt64($0) })
    else { throw JSON.notKept }
    guard format <= Self.format else {
      throw Failure(.unsupportedFormat, "the journal was written by a later basin (\(version))")
    }
    self.init(
      version: version, level: json["level"]?.text ?? "", seed: seed,
      threads: json["threads"]?.integer ?? 1, script: json["script"]?.text,
      at: json["at"]?.text ?? "")
  }
}

extension JournalEnding {
  fileprivate var members: [JSON.Member] {
    var members: [JSON.Member] = [
      .init("status", .text(status.rawValue)), .init("calls", .integer(calls)),
      .init("seconds", .real(seconds)),
    ]
    if !values.isEmpty {
      let list = values.map { value in
        JSON.object([
          .init("name", .text(value.name)), .init("kind", .text(value.kind)),
          .init("sha256", .text(value.hash)),
        ])
      }
      members.append(.init("values", .array(list)))
    }
    if let failure {
      members += [
        .init("error", .integer(failure.code.rawValue)), .init("message", .text(failure.message)),
        .init("notes", .array(failure.notes.map { .text($0) })),
      ]
    }
    return members
  }

  fileprivate init(_ json: JSON) throws(Failure) {
    guard let status = json["status"]?.text.flatMap(Status.init), let calls = json["calls"]?.integer
    else { throw JSON.notKept }
    self.init(status: status, calls: calls, seconds: json["seconds"]?.bits ?? 0)
    values = (json["values"]?.elements ?? []).compactMap { value in
      guard let name = value["name"]?.text, let kind = value["kind"]?.text,
        let hash = value["sha256"]?.text
      else { return nil }
      return NamedHash(name: name, kind: kind, hash: hash)
    }
    if let code = json["error"]?.integer {
      failure = Failure(
        FailureCode(rawValue: code), json["message"]?.text ?? "",
        notes: (json["notes"]?.elements ?? []).compactMap(\.text))
    }
  }
}

extension KeptCall {
  fileprivate var members: [JSON.Member] {
    var members: [JSON.Member] = [
      .init("call", .text(key)), .init("turn", .integer(turn)), .init("seconds", .real(seconds)),
    ]
    if let partial {
      members += [.init("share", .real(partial.share)), .init("reason", .text(partial.reason))]
      if let path = partial.checkpoint { members.append(.init("checkpoint", .text(path))) }
    }
    if dependsOnTheClock { members.append(.init("clock", .boolean(true))) }
    if let method { members.append(.init("method", .text(method))) }
    if !files.isEmpty {
      members.append(.init("files", .array(files.map(\.kept))))
    }
    if !innerMethods.isEmpty {
      members.append(.init("inner_methods", .array(innerMethods.map { .text($0) })))
    }
    if !plugged.isEmpty {
      members.append(.init("plugged", .array(plugged.map { .text($0.text) })))
    }
    if let networks { members.append(.init("networks", .text(networks))) }
    if let state { members.append(.init("state", .text(state))) }
    return members + [.init("contents", .array(contents))]
  }

  fileprivate init(_ json: JSON, key: String) throws(Failure) {
    guard let contents = json["contents"]?.elements else { throw JSON.notKept }
    self.init(key: key, turn: json["turn"]?.integer ?? 0, seconds: json["seconds"]?.bits ?? 0)
    if let share = json["share"]?.bits, let reason = json["reason"]?.text {
      partial = Stop(share: share, reason: reason, checkpoint: json["checkpoint"]?.text)
    }
    if case .boolean(let answer)? = json["clock"] { dependsOnTheClock = answer }
    method = json["method"]?.text
    files = try (json["files"]?.elements ?? []).map { file throws(Failure) in
      try CallRecord.FilePin(kept: file)
    }
    innerMethods = (json["inner_methods"]?.elements ?? []).compactMap(\.text)
    plugged = (json["plugged"]?.elements ?? []).compactMap(\.text).compactMap(PluggedPart.init)
    self.contents = contents
    networks = json["networks"]?.text
    state = json["state"]?.text
  }
}

extension CallRecord.FilePin {
  /// Path, hash, and the known data set that it belongs to.
  var kept: JSON {
    .array([.text(path), .text(hash.hex)] + (dataSet.map { [.text($0.name)] } ?? []))
  }

  /// - Throws: `fileMalformed` where it is no pin.
  init(kept json: JSON) throws(Failure) {
    guard let parts = json.elements, parts.count >= 2, let path = parts[0].text,
      let hash = parts[1].text.flatMap(ContentHash.init(hex:))
    else { throw JSON.notKept }
    let set = parts.count > 2 ? parts[2].text.flatMap(KnownDataSet.init) : nil
    self.init(path: path, hash: hash, dataSet: set)
  }
}
