/** A budget for what carries the tag of this service, where the deployment names one. */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { parameters } from './parameters.js';

/** Of the budget, in percent: when it is forecast to be spent, and when most of it is. */
const THRESHOLDS = [
  ['FORECASTED', 100],
  ['ACTUAL', 80],
];

async function budget(given) {
  const { budgetUsd, operatorEmail } = await parameters(given);
  const stage = await given.resolveVariable('sls:stage');
  if (budgetUsd === '') return { Resources: {} };
  const subscriber = { SubscriptionType: 'EMAIL', Address: operatorEmail };
  const told = THRESHOLDS.map(([kind, percent]) => ({
    Notification: {
      NotificationType: kind,
      ComparisonOperator: 'GREATER_THAN',
      Threshold: percent,
      ThresholdType: 'PERCENTAGE',
    },
    Subscribers: [subscriber],
  }));
  return {
    Resources: {
      Budget: {
        Type: 'AWS::Budgets::Budget',
        Properties: {
          Budget: {
            BudgetName: `${SERVICE}-${stage}`,
            BudgetType: 'COST',
            TimeUnit: 'MONTHLY',
            BudgetLimit: { Amount: Number(budgetUsd), Unit: 'USD' },
            // A budget compares one key: that of the stage is the narrower one.
            CostFilters: { TagKeyValue: [`user:Stage$${stage}`] },
          },
          NotificationsWithSubscribers: told,
        },
      },
    },
  };
}

export { budget as 'module.exports' };
