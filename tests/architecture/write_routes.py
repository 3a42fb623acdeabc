"""Rewrite routes.txt from the application: ``python -m tests.architecture.write_routes``."""

from quiz.app import create_app
from tests.architecture.test_routes import LIST, routes

if __name__ == "__main__":
    LIST.write_text("\n".join(routes(create_app())) + "\n")
