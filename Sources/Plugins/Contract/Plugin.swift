import Kernel

/// What one plugin brings: methods for `search`, metrics of predictions, and readers of data.
///
/// A Swift plugin declares one value of this name, and Basin looks for it:
///
///     let plugin = Plugin(methods: [MyMatcher.self])
public struct Plugin: Sendable {
  public var methods: [SearchMethod]
  public var metrics: [PredictionMetric]
  public var readers: [DataReader]

  public init(
    methods: [any SearchPlugin.Type] = [], metrics: [any MetricPlugin.Type] = [],
    readers: [any DataReaderPlugin.Type] = []
  ) {
    self.init(
      methods: methods.map { SearchMethod($0) }, metrics: metrics.map { PredictionMetric($0) },
      readers: readers.map { DataReader($0) })
  }

  public init(methods: [SearchMethod], metrics: [PredictionMetric], readers: [DataReader]) {
    self.methods = methods
    self.metrics = metrics
    self.readers = readers
  }

  /// Whether it brings nothing at all.
  public var isEmpty: Bool { methods.isEmpty && metrics.isEmpty && readers.isEmpty }

  /// The same, known to come from a file.
  public func from(_ origin: PluginOrigin) -> Plugin {
    var result = self
    for index in methods.indices { result.methods[index].origin = origin }
    for index in metrics.indices { result.metrics[index].origin = origin }
    for index in readers.indices { result.readers[index].origin = origin }
    return result
  }
}

/// The file or folder that a plugin came in.
public struct PluginOrigin: Hashable, Sendable {
  /// The path as it was given.
  public var path: String
  /// The last part of the path, such as `my_matcher.swift`.
  public var name: String
  /// The SHA-256 of the file, or of the names and contents of a package's files.
  public var hash: ContentHash

  public init(path: String, name: String, hash: ContentHash) {
    self.path = path
    self.name = name
    self.hash = hash
  }
}

/// The plugin on its way out of a loaded library: an object, so that it fits into a pointer.
public final class PluginBox: Sendable {
  public let plugin: Plugin
  public init(_ plugin: Plugin) { self.plugin = plugin }
}
