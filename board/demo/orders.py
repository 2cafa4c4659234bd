"""The orders that customers of the demo place: one to four lines each, numbered on and on."""

import random
from collections.abc import Iterator
from decimal import Decimal

from board.demo.factory import Customer, Factory, Product
from domain.events import LineDetails
from domain.people import order_system

SOURCE = "erp"
ORDERS = order_system(SOURCE)
FIRST_NUMBER = 48100


class Orders:
    """Gives out the lines of one order after the other."""

    def __init__(
        self, factory: Factory, chance: random.Random, last_number: int = FIRST_NUMBER
    ) -> None:
        self._factory = factory
        self._chance = chance
        self._number = last_number
        self._lines = self._order()

    def next_line(self) -> LineDetails:
        """The next line of the order, or the first one of another customer's."""
        while (line := next(self._lines, None)) is None:
            self._lines = self._order()
        return line

    def _order(self) -> Iterator[LineDetails]:
        """All lines of an order are made at one plant."""
        self._number += self._chance.randint(1, 3)
        customer = self._chance.choice(self._factory.customers)
        plant = self._chance.choice(self._factory.plants)
        made = [p for p in self._factory.products if p.site == plant.id]
        for n in range(self._chance.choice([1, 1, 2, 2, 3, 4])):
            yield self._details(customer, self._chance.choice(made), 10 * (n + 1))

    def _details(self, customer: Customer, product: Product, position: int) -> LineDetails:
        theirs = self._chance.randrange(100, 999)
        return LineDetails(
            source=SOURCE,
            site=product.site,
            sales_team=customer.sales_team,
            team=product.team,
            team_side=product.side,
            customer=customer.name,
            product=product.name,
            family=product.family,
            quantity=Decimal(self._chance.choice(product.lots)),
            order_number=str(self._number),
            line_number=str(position),
            customer_code=customer.code,
            customer_order=f"{customer.code[1:]}-{self._number % 1000:03}",
            customer_part=f"{theirs}.{product.code[-4:]}" if theirs % 3 else "",
            product_code=product.code,
            unit=product.unit,
            rep=customer.rep,
            work_centre=product.work_centre,
            supplier=product.supplier,
            purchase_order=f"PO-{70000 + theirs}" if product.supplier else "",
            transit_days=customer.transit_days,
        )
