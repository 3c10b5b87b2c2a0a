"""A person at a terminal: session.py STEPS COMMAND... Each step is typed, and then what it waits for is awaited, at most
ten seconds; STEPS is JSON: [[typed, regular expression], ...]. Prints what the terminal was sent, all of it."""
import json, os, pty, re, select, signal, sys, termios, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, master = pty.fork()
if pid == 0:
    attributes = termios.tcgetattr(0)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO  # what is typed must not be taken for an answer
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.write(1, b"begin\n")
    os.execvp(command[0], command)
seen, at, missing = "", 0, None
for typed, wanted in [["", "begin\n"], *steps]:
    os.write(master, typed.encode())
    end = time.monotonic() + 10
    while not (found := re.compile(wanted).search(seen, at)):
        if time.monotonic() > end or not select.select([master], [], [], end - time.monotonic())[0]:
            missing = wanted
            break
        try:
            seen += os.read(master, 65536).decode()
        except OSError:  # EIO: everybody has closed it
            missing = wanted
            break
    if missing is not None:
        break
    at = found.end()
print(seen, end="")
if missing is not None:
    print(f"\n--- did not come: {missing}")
for name in filter(str.isdigit, os.listdir("/proc")):  # whoever is left of the session, stopped or deaf
    try:
        if os.getsid(int(name)) == pid:
            os.kill(int(name), signal.SIGKILL)
    except ProcessLookupError:
        pass
