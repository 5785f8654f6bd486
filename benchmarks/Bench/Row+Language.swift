import Foundation
import Kernel

// What a person waits for at the prompt and before a script runs, timed from outside the program.
extension Row {
  static let languageRows = [
    Row(
      "check_1000", "check of a script of 1000 lines", unit: "check", reach: 0.05, warmsUp: true,
      prepare: { _ throws(Failure) in
        let program = try Program.besideThis("basin")
        let folder = try Scratch()
        let lines = (0..<250).map { index in
          """
          a\(index) = [1, 2, \(index)]
          b\(index) = max a\(index)
          c\(index) = b\(index) * 2 + \(index)
          expect c\(index) > 1 "label \(index)"
          """
        }
        let script = try folder.write(lines.joined(separator: "\n") + "\n", to: "lines.basin")
        return { () throws(Failure) in
          let (seconds, _) = try timed { () throws(Failure) in
            try program.run(["check", script])
          }
          withExtendedLifetime(folder) {}
          return Timing(seconds: seconds, detail: "basin check, its start included")
        }
      }),
    Row(
      "tab_names", "completion among 1000 names", unit: "Tab", reach: 0.03, warmsUp: true,
      prepare: { _ throws(Failure) in
        let folder = try Scratch()
        let names = (0..<1000).map { "network_\($0) = \($0)\n" }.joined()
        let script = try folder.write(names, to: "names.basin")
        return try tabs(["--init", script], line: "print netw", completed: "ork_", keeping: folder)
      }),
    Row(
      "tab_files", "completion in a folder of 10000 files", unit: "Tab", reach: 0.03, warmsUp: true,
      prepare: { _ throws(Failure) in
        let folder = try Scratch()
        for index in 0..<10_000 { _ = try folder.write("", to: "file_\(index).h5") }
        return try tabs([], line: "load \(folder.path)/fi", completed: "le_", keeping: folder)
      }),
  ]

  /// Times the first Tab, which completes, the second, which rings, since there is no more to
  /// complete, and the third, which lists: the longest of them.
  private static func tabs(
    _ arguments: [String], line: String, completed: String, keeping folder: Scratch
  ) throws(Failure) -> () throws(Failure) -> Timing {
    let program = try Program.besideThis("basin")
    return { () throws(Failure) in
      defer { withExtendedLifetime(folder) {} }
      let seen = try program.start(arguments, awaiting: "> ")
      try seen.type(line, awaiting: String(line.suffix(2)))
      // The last characters may be on their way still.
      usleep(100_000)
      let (first, _) = try timed { () throws(Failure) in
        try seen.type("\t", awaiting: completed)
      }
      let (second, _) = try timed { () throws(Failure) in
        try seen.type("\t", awaiting: "\u{7}")
      }
      let (third, _) = try timed { () throws(Failure) in
        try seen.type("\t", awaiting: " more")
      }
      try seen.end()
      let each = [first, second, third].map { text($0 * 1000, digits: 1) + " ms" }
      return Timing(
        seconds: max(first, second, third),
        detail: "completes in \(each[0]), rings in \(each[1]), lists in \(each[2])")
    }
  }
}
