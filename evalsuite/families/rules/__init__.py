"""Horn and Datalog rules: what follows from facts and rules."""
