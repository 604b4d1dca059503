"""Learning from what people confirmed and corrected: on this machine, in minutes, and only where it proves itself.

    examples    readings that a person has checked, the oldest first, and their kept pictures
    standard    drawn marks that a teaching must not hurt
    judging     before and after, on readings that the teaching has not seen, and on the standard set
    teaching    learns, has it judged, and says whether it may be used
    teacher     the same in the background of a server
    files       one teaching as a file, named by its hash
    shelf       where these files are, which one is used, and undoing it in one step
    use         putting one to use and taking it back, with a line in the audit trail
    exporting   checked readings as programs that train take them

What was learned is applied in `recognition.weigh.taught`.
"""
