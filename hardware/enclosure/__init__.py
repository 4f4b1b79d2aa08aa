"""The cases as solids: CadQuery, run by the environment that ``make hardware`` makes in hardware/.venv."""
