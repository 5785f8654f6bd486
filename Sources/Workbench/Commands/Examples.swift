/// Lines that make what the examples of help use, small enough to run in the blink of an eye.
enum Examples {
  static let data = ["train, test = make blobs samples=200"]
  static let oneNetwork = data + ["a = train mlp width=16 data=train epochs=2"]
  static let twoNetworks = data + ["a, b = train mlp width=16 data=train epochs=2 count=2"]
  /// For methods that try everything.
  static let tinyNetworks = data + ["a, b = train mlp width=5 data=train epochs=2 count=2"]
  static let session = data + ["e = count [1, 2]", "save session tuesday.basin"]
  static let result = twoNetworks + ["p = search weight_match a b"]
}
