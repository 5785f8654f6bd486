/// What this build was made from; its values are written by the build itself.
///
/// They are inlined wherever they are used. A Swift plugin therefore carries the stamp of the modules
/// that it was compiled against, and the program its own; the two meet only where they are the same.
public enum BuildStamp {}
