"""The words of a command line, composed with the files of the zoo into one plain, checked config."""
