import Kernel

// What is found while a script runs: files, computing, outcomes.

extension ErrorCatalogue {
  /// The eight bytes that an HDF5 file begins with, and nothing after them.
  private static let hdf5Signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  /// An idx file of no images of one pixel: type, axes, and three extents of four bytes each.
  private static let noImages: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
  /// An idx file of no labels.
  private static let noLabels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 0]

  static let files: [ErrorPage] = [
    ErrorPage(
      .fileNotFound, "a file is not there",
      meaning: "There is no file of this name, it is a folder, or it may not be read.",
      remedy: """
        Look at the path: it counts from the folder where basin was started. Data sets are also \
        looked for in the folders that BASIN_DATA names.
        """,
      .lines("load nets/no_such_file.h5")),
    ErrorPage(
      .fileMalformed, "a file is damaged or cut short",
      meaning: "The file is not what its name or its first bytes say, or ends too soon.",
      remedy: "Fetch or write it again, and compare its length with the original's.",
      .lines("load broken.h5", files: [.init("broken.h5", hdf5Signature)])),
    ErrorPage(
      .shapeMismatch, "shapes do not fit together",
      meaning: "Two things that must have the same number of values in each direction do not.",
      remedy: "`describe` shows the shapes; train the network on data of this shape.",
      .lines(
        """
        train, test = make blobs samples=20
        other, rest = make blobs samples=20 dimension=5
        a = train mlp width=4 data=train epochs=0
        eval a data=other
        """)),
    ErrorPage(
      .writeFailed, "a file could not be written",
      meaning: "The disk is full, or the folder cannot be written; an older file is still whole.",
      remedy:
        "Make room, or choose another folder, and save again: nothing is lost until you quit.",
      .lines(
        """
        train, test = make blobs samples=20
        a = train mlp width=4 data=train epochs=0
        save a blocked/a.h5
        """, files: [.init("blocked", [])])),
    ErrorPage(
      .badData, "data hold what they must not",
      meaning: "There is no sample at all, a label is too large, or a value is no number.",
      remedy: "Correct the file; `peek FILE` shows what it holds.",
      .lines(
        "load none-images-idx3-ubyte",
        files: [
          .init("none-images-idx3-ubyte", noImages), .init("none-labels-idx1-ubyte", noLabels),
        ])),
    ErrorPage(
      .hashDiffers, "a file is not the one that was recorded",
      meaning: "A session records a hash of every file it reads; this file's hash is another.",
      remedy: "Bring back the file of then, or run the script anew to record the file of now.",
      .otherwise("a file was changed after a session that reads it was saved")),
    ErrorPage(
      .unsupportedFormat, "a format that is not read here",
      meaning: """
        The file may be whole, but its format, or a part of it, is none that is known. A file of \
        PyTorch's that asks for more than weights is refused, and nothing in it is run.
        """,
      remedy: "Convert it to HDF5, npz or safetensors; data also to a pair of idx files.",
      .lines("load notes.txt", files: [.init("notes.txt", Array("three networks\n".utf8))])),
  ]

  static let computing: [ErrorPage] = [
    ErrorPage(
      .notFinite, "a number is not finite",
      meaning: "A weight or a loss grew beyond all numbers, or is none.",
      remedy: "Train with a smaller `lr`, and look at the data for values far from the others.",
      .lines(
        """
        train, test = make blobs samples=200
        a = train mlp width=4 data=train lr=1000 weight_decay=1
        """)),
    ErrorPage(
      .outOfMemory, "more memory than there is",
      meaning: """
        Memory is counted before it is taken, and half of the machine's, or of the batch job's, is \
        the most. An HDF5 file is read in a process of its own, which the system may refuse memory \
        or end.
        """,
      remedy: "Use fewer samples or narrower networks, or ask the batch system for more memory.",
      .lines(
        """
        train, test = make blobs samples=100k
        a, b = train mlp width=1M data=train epochs=0 count=2
        search sa2 a b data=train
        """)),
    ErrorPage(
      .incompatible, "things that cannot be used together",
      meaning: "Networks of different architectures, or settings that contradict each other.",
      remedy: "`describe` shows the architecture of a network; the message names what differs.",
      .lines(
        """
        train, test = make blobs samples=20
        a = train mlp width=4 data=train epochs=0
        b = train mlp width=8 data=train epochs=0
        barrier a b data=test
        """)),
    ErrorPage(
      .functionNotPreserved, "a permuted network computes something else",
      meaning: """
        Every permuted network is compared with the original before it is scored, and this one \
        gave other outputs. That is a mistake of the method or of this program.
        """,
      remedy: "Report it with the script; do not use the result.",
      .otherwise("a plugin returned what is no permutation, or there is a mistake in this program")
    ),
  ]

  static let outcomes: [ErrorPage] = [
    ErrorPage(
      .expectationFailed, "an expectation does not hold",
      meaning: "The line says what should be true, and it is not; both sides are shown.",
      remedy: """
        A script stops here unless `set on_fail=continue`. Compare reals with `<` or `~=`, not \
        with `==`.
        """,
      .lines("expect 1 > 2")),
    ErrorPage(
      .replayDiffers, "a replayed value differs from its receipt",
      meaning: "The line was run again and gave another value than the one recorded.",
      remedy: """
        The report names the first difference. Other versions, inputs and processors can cause \
        it; the head of the session says which ones it was made with.
        """,
      .otherwise("a session was recorded with another version of this program or of a plugin")),
    ErrorPage(
      .budgetReached, "the time allowed is over",
      meaning: """
        The run ended because its `--budget` did. At the prompt what there was then is kept, marked \
        partial, and `resume` goes on. A script's values end with it: what the line was making is \
        lost, unless `--session NAME` or `checkpoint=FILE` kept its state. A `budget=` on a command \
        ends that command alone, and the lines after it run.
        """,
      remedy: """
        Give the run a larger `--budget`, or none. With `--session NAME`, run the script again: it \
        takes what is finished from the session and goes on with the rest. With `checkpoint=FILE` \
        on the search or the training, the same command goes on from the file.
        """,
      .otherwise("`basin --budget 1min job.basin` on a script that takes longer")),
    ErrorPage(
      .stopped, "stopped from outside",
      meaning: """
        Ctrl-C or a signal ended the work. At the prompt Ctrl-C keeps what there was, marked \
        partial. Where a script ended, what the line was making is lost, unless `--session NAME` or \
        `checkpoint=FILE` kept its state. A prompt that is ended by SIGTERM keeps its session.
        """,
      remedy: """
        At the prompt `resume` goes on. A script goes on when it is run again with the same \
        `--session NAME`; its search or training from its `checkpoint=FILE`.
        """,
      .otherwise("Ctrl-C is pressed, or a batch system's time ends, while a command runs")),
  ]

  static let faults: [ErrorPage] = [
    ErrorPage(
      .internalFault, "a mistake of this program",
      meaning: "Something happened that should not be possible.",
      remedy: "A report file was written; send it with the script. The session is kept.",
      .otherwise("there is a mistake in this program"))
  ]
}
