"""The rules of a joining project: phases, evidence, sign-offs and the gate, as pure functions.

Source of the rules: Asiointitilin liittymisprosessin kuvaus 1.0.2 (23.1.2012). Nothing here reads
a clock, a file or a random number: time, actor and ids come in as arguments, so that replaying the
recorded events judges history again and always comes to the same state.
"""
