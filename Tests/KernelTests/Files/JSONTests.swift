import Testing

@testable import Kernel

@Suite struct JSONTests {
  private func read(_ text: String) throws -> JSON {
    try JSON.read(Array(text.utf8), source: "x")
  }

  @Test func readsEveryKindAndKeepsOrder() throws {
    let json = try read(
      #" {"b": [1, -2, 2.5, 1e3, true, false, null], "a": {"\u00e9\n\"": "\ud83c\udfd4/\/"}} "#)
    #expect(json.members?.map(\.name) == ["b", "a"])
    #expect(
      json["b"]
        == .array([
          .integer(1), .integer(-2), .real(2.5), .real(1000), .boolean(true), .boolean(false),
          .null,
        ]))
    #expect(json["a"] == .object([.init("é\n\"", .text("🏔//"))]))
  }

  @Test func roundTripsItsOwnTexts() throws {
    let json = JSON.object([
      .init("numbers", .array([.integer(.min), .real(0.1), .real(-0.0), .real(1e300)])),
      .init("text", .text("a\u{1}\t\\ü🏔")), .init("empty", .array([])), .init("none", .object([])),
      .init("deep", .array([.object([.init("x", .array([.integer(1)]))])])),
    ])
    #expect(try read(json.compact) == json)
    #expect(try read(json.pretty) == json)
  }

  @Test func prettyTextIsForPeople() {
    let json = JSON.object([
      .init("a", .array([.integer(1), .integer(2)])), .init("b", .array([.object([])])),
    ])
    #expect(
      json.pretty == """
        {
          "a": [1, 2],
          "b": [
            {}
          ]
        }

        """)
    #expect(json.compact == #"{"a":[1,2],"b":[{}]}"#)
  }

  @Test func escapesWhatReadersTripOver() throws {
    let json = JSON.object([
      .init("a\"b", .text("\u{1}\n\t\\ é \u{8}\u{7F}\u{2028}")), .init("n", .real(.nan)),
      .init("list", .array([.integer(1), .real(0.5), .null, .boolean(false)])),
      .init("empty", .object([])),
    ])
    #expect(
      json.compact
        == #"{"a\"b":"\u0001\n\t\\ é \b\u007f\u2028","n":null,"#
        + #""list":[1,0.5,null,false],"empty":{}}"#)
    #expect(
      json.pretty == #"""
        {
          "a\"b": "\u0001\n\t\\ é \b\u007f\u2028",
          "n": null,
          "list": [1, 0.5, null, false],
          "empty": {}
        }

        """#)
    #expect(try read(JSON.number(-0.0).compact) == .real(-0.0))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", ".5", "1e", "+1",
    "--1",
    "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\n\"", "[1] 2",
    "{a:1}",
    "1e999", "NaN",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(Fixture.failure { _ = try read(text) }?.code == .fileMalformed)
  }

  @Test func refusesDepthAndBrokenTexts() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(
      Fixture.failure { _ = try read(deep) }?.message.contains("nested too deep") == true)
    #expect(
      Fixture.failure { _ = try JSON.read([0x22, 0xFF, 0x22], source: "x") }?.message
        .contains("not UTF-8") == true)
  }
}
