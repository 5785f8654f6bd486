import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Messages with mistakes, made from good ones and a seed.
@Suite struct ProgramFuzzTests {
  /// A program without Python, since it is started anew after most mistakes: it answers each
  /// request with what stands in a file, where `@` is the request's number.
  private static let program = #"""
    #!/bin/sh
    read hello
    echo '\#(card)'
    number=0
    while read request; do
      number=$((number + 1))
      while IFS= read -r line || [ -n "$line" ]; do
        case "$line" in
          *@*) printf '%s\n' "${line%%@*}$number${line#*@}" ;;
          *) printf '%s\n' "$line" ;;
        esac
      done < "$0.message"
      echo '{"type": "error", "id": '$number', "message": "that was all"}'
    done
    """#

  private static let card =
    #"{"type":"card","protocol":1,"methods":[{"id":"m","summary":"s","description":"d"}]}"#

  private static let good = [
    #"{"type":"progress","id":@,"share":0.25,"facts":{"loss":"0.5"},"best":[[[0,1,2]],[[2,1,0]]],"cost":1.5}"#,
    #"{"type":"checkpoint","id":@,"share":0.5,"state":{"step":3,"values":[1.5,2e3]}}"#,
    #"{"type":"note","id":@,"text":"a sentence"}"#,
    #"{"type":"ask","id":@,"ask":1,"what":"average_score","permutations":[[[0,1,2]],[[2,1,0]]]}"#,
    #"{"type":"ask","id":@,"ask":2,"what":"barrier","permutations":[[[0,1,2]],[[2,1,0]]],"points":5,"between":[0,1]}"#,
    #"{"type":"result","id":@,"permutations":[[[0,1,2]],[[2,1,0]]],"cost":1.5,"start_cost":2,"steps":3,"trace":[[0,0.1,2],[1,0.2,1.5]],"status":"partial","share":0.5,"reason":"done","notes":["x"],"figures":{"runs":3},"checkpoint":[1]}"#,
    #"{"type":"result","id":@,"networks":[{"fc1.weight":"a.npy"},{"fc1.weight":"b.npy"}]}"#,
    #"{"type":"error","id":@,"message":"no","notes":["x"],"kind":"memory"}"#,
  ]

  private static let pieces = [
    "null", "-1", "1e308", "-0.0", "99999999999999999999", "\"\"", "[]", "{}", "[[[]]]", "true",
    "9223372036854775807", "\\ud800", "\"type\"", "\n", "\u{0}", "é", "../../x", "[[[0,1,2]]]",
  ]

  /// A text with one to three mistakes.
  static func damaged(_ text: String, from stream: inout RandomStream) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...stream.nextInt(below: 3) where !bytes.isEmpty {
      let place = stream.nextInt(below: bytes.count)
      let end = min(bytes.count, place + stream.nextInt(below: 9))
      switch stream.nextInt(below: 6) {
      case 0: bytes[place] = UInt8(stream.nextInt(below: 256))
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.insert(contentsOf: pieces[stream.nextInt(below: pieces.count)].utf8, at: place)
      default:
        // A value in place of another, so that the text stays JSON.
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        guard !colons.isEmpty else { break }
        let colon = colons[stream.nextInt(below: colons.count)]
        let rest = bytes[(colon + 1)...].firstIndex { $0 == 0x2C || $0 == 0x7D } ?? bytes.count
        bytes.replaceSubrange(
          colon + 1..<rest, with: pieces[stream.nextInt(below: pieces.count)].utf8)
      }
    }
    return bytes
  }

  @Test func aThousandMessagesWithMistakesAreBorne() throws {
    let folder = try TestFolder()
    let path = folder.file("fake")
    let plugin = try ProgramTest.plugin(Self.program, name: "fake", in: folder)
    let searcher = try #require(plugin.methods.first).make(Settings([:]))
    let networks = ProgramTest.networks(hidden: [3], inputs: [2])
    let data = smallProblem(samples: 8, features: 2, classes: 3)
    var stream = RandomStream(seed: 1, name: "messages with mistakes")
    var (good, bad) = (0, 0)
    for number in 0..<1000 {
      let text = Self.good[number % Self.good.count]
      let message = Self.damaged(text, from: &stream)
      try Data(message).write(to: URL(fileURLWithPath: path + ".message"))
      let begin = ContinuousClock.now
      switch outcome(searcher, networks, data) {
      case .success(let outcome):
        #expect(outcome.permutations?.allSatisfy { $0.fits(networks[0].graph) } ?? false)
        good += 1
      case .failure(let failure):
        #expect(
          [.pluginMisbehaved, .pluginEnded].contains(failure.code),
          "\(number): \(failure) for \(String(decoding: message, as: UTF8.self))")
        bad += 1
      }
      #expect(begin.duration(to: .now) < .seconds(5), "\(number) hangs")
    }
    #expect(good >= 5 && bad >= 700, "\(good) were good enough, \(bad) were not")
  }

  private func outcome(
    _ searcher: any Searcher, _ networks: [Network], _ data: DataSet
  ) -> Result<SearchOutcome, Failure> {
    do throws(Failure) {
      return .success(try searcher.search(ProgramTest.task(networks, data: data)))
    } catch {
      return .failure(error)
    }
  }

  @Test func cardsWithMistakesAreBorne() throws {
    let good = #"""
      {"type":"card","protocol":1,"patience":60,"methods":[{"id":"m","summary":"s",
      "description":"d","networks":[2,null],"parameters":[{"name":"p","kind":"int","range":[1,9],
      "default":3,"help":"h"},{"name":"q","kind":"interval","default":[0.5,1],"help":"h"}]}],
      "metrics":[{"id":"a","summary":"s","description":"d"}],"readers":[]}
      """#
    var stream = RandomStream(seed: 2, name: "cards with mistakes")
    var read = 0
    for _ in 0..<2000 {
      let bytes = Self.damaged(good, from: &stream)
      do throws(Failure) {
        let message = try ProgramMessage(bytes, from: "x")
        let card = try ProgramCard(message.fields, name: "x")
        for card in card.methods {
          let method = SearchMethod(card: card) { _ in NoSearcher() }
          _ = Conformance.complaints(aboutCardOf: method)
        }
        read += 1
      } catch {
        #expect(error.code == .pluginMisbehaved, "\(error)")
      }
    }
    #expect(read > 10)
  }

  private struct NoSearcher: Searcher {
    func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
      SearchOutcome(permutations: nil)
    }
  }
}
